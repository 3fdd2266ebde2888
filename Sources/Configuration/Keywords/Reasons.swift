/// Why keywords are refused or do nothing, with the way out. Each reason stands here once, so that it is
/// changed in one place when the thing is built.
enum Reason {
    static let tlsRest = "this part of TLS is not in this version"

    static let rules = "it is planned, but not in this version"
    static let rulesWayOut = "remove the line"

    static let persistence = "persistence by RDP cookies is planned, but not in this version"
    static let persistenceWayOut =
        "use 'stick on req.rdp_cookie(mstshash)', which keeps a user on its server"

    static let operators = "it is planned, but not in this version"
    static let operatorsWayOut = "remove the line"

    static let notPlanned = "it is not part of this product"
    static let notPlannedWayOut = "remove the line, or keep HAProxy for this service"

    static let tuning = "this engine tunes it by itself"
    static let fieldCase = "names of fields are passed on in the case that they came in"
    static let fieldCaseWayOut =
        "remove the line, or let 'set-header' write a field in another case"
    static let idlePing = "it asks peers that speak HTTP/2, which is not in this version"
    static let guid = "nothing here refers to such names; they are for files of statistics"
    static let otherSystems = "it is about other systems' event loops"
    static let threads = "workers are one group, one per core"
    static let debugging = "it is a switch for debugging HAProxy itself"
}
