internal import ConfigurationLanguage
internal import Core
internal import Diagnostics

/// `crt-list` files of a configuration, and changing them while the service runs.
extension ServiceConfiguration {
    /// A line of a list.
    package struct ListEntry: Sendable, Equatable {
        package let certificate: String
        package let line: TLSListLine
        package let filters: [String]
    }

    /// The lists in use.
    package var certificateLists: [String] {
        var found: Set<String> = []
        forEachTLS { bind in
            found.formUnion(bind.lists)
        } server: { _ in
        }
        return found.sorted()
    }

    /// The lines of a list, in order; nil: there is no such list.
    package func lines(ofList list: String) -> [ListEntry]? {
        var result: [ListEntry]?
        forEachTLS { bind in
            guard result == nil, bind.lists.contains(list) else { return }
            result = bind.certificates.compactMap { certificate in
                guard let line = certificate.line, line.list == list else { return nil }
                return ListEntry(
                    certificate: certificate.path, line: line, filters: certificate.filters)
            }
        } server: { _ in
        }
        return result
    }

    /// The proxies with a bind line whose first certificate is this line of a list: it serves clients without a known name.
    package func frontends(
        beginningWith certificate: String, _ number: Int?, of list: String
    ) -> [String] {
        proxies.filter { proxy in
            proxy.binds.contains { bind in
                guard let tls = bind.tls, !tls.isStrictSNI, let first = tls.certificates.first
                else { return false }
                return first.path == certificate && first.line?.list == list
                    && first.line?.number == number
            }
        }.map(\.name)
    }

    /// Adds a line to a list, wherever it is used. Returns what is wrong with it; nil: nothing. `known`: the certificate of
    /// the line's first word. `unused`: authorities and lists that it may name beside those in use.
    package mutating func addToList(
        _ list: String, line: String, known: TLSCertificateSettings, unused: [TLSFile] = []
    ) -> String? {
        let number = (lines(ofList: list)?.map(\.line.number).max() ?? 0) + 1
        let files = authoritiesInUse + revocationsInUse + unused
        let loader = Loader(readFile: { path in
            if path == known.path { return .success(known.files.first?.bytes ?? []) }
            if let file = files.first(where: { $0.path == path }) { return .success(file.bytes) }
            return .failure(Loader.Failure(reason: "not in memory"))
        })
        var problem: String?
        changeTLS { bind in
            guard problem == nil, bind.lists.contains(list) else { return }
            switch CertificateList.read(line: line, of: list, number, bind, loader) {
            case .success(var added):
                for index in added.indices {
                    added[index].files = known.files
                    added[index].stem = known.stem
                    added[index].issuer = known.issuer
                    added[index].ocspResponse = known.ocspResponse
                }
                bind.certificates += added
            case .failure(let failure): problem = failure.reason
            }
        } server: { _ in
        }
        return problem
    }

    /// Takes lines off a list. `number`: the line; nil: the certificate's only one. False: it is not there.
    package mutating func removeFromList(_ list: String, certificate: String, number: Int?) -> Bool
    {
        guard let lines = lines(ofList: list),
            let gone = lines.last(where: {
                $0.certificate == certificate && (number == nil || $0.line.number == number)
            })
        else { return false }
        changeTLS { bind in
            bind.certificates.removeAll { $0.line == gone.line && $0.path == certificate }
        } server: { _ in
        }
        return true
    }
}
