// Runs the bare engine on the configuration that the bench rig uses, without the rest of the daemon: for profiles of
// the hot path alone.
import Configuration
import Core
import Diagnostics
import EventLoop
import Linux
import Logging
import Proxy

let place = SourceRange(file: "bench", line: 0)

func proxy(_ name: String, id: Int, port: UInt16, tcp: Bool, splice: Bool) -> ProxySettings {
    var proxy = ProxySettings(name: name, id: id, isFrontend: true, isBackend: true, range: place)
    proxy.mode = tcp ? .tcp : .http
    proxy.defaultBackend = id - 2
    proxy.timeouts.client = .seconds(60)
    proxy.timeouts.server = .seconds(60)
    proxy.timeouts.connect = .seconds(5)
    proxy.timeouts.httpRequest = .seconds(10)
    proxy.httpReuse = .always
    proxy.options.forwardFor = ForwardForSettings()
    proxy.options.spliceAuto = splice
    let local = IPAddress.v4(IPv4Address(rawValue: 0x7f00_0001))
    let bind = BindSettings(
        address: .address(.ip(local, port: port)), id: 1, range: place)
    proxy.binds = [bind]
    for (index, port) in [21101, 21102].enumerated() {
        var server = ServerSettings(name: "s\(index + 1)", id: index + 1, range: place)
        server.address = .ip(local, port: UInt16(port))
        proxy.servers.append(server)
    }
    return proxy
}

let workers = CommandLine.arguments.contains("-2") ? 2 : 1
var configuration = ServiceConfiguration()
configuration.process.maxConnections = 6000
configuration.proxies = [
    proxy("plain", id: 2, port: 21001, tcp: false, splice: false),
    proxy("tcp", id: 3, port: 21005, tcp: true, splice: false),
    proxy("spliced", id: 4, port: 21006, tcp: true, splice: true),
]
let snapshot = Snapshot(configuration, keeping: nil, workers: workers, now: Clock.now())
var listeners: [Listener] = []
for (index, proxy) in configuration.proxies.enumerated() {
    switch ListenerSockets.open(proxy.binds[0], proxy: proxy, count: workers) {
    case .success(let descriptors):
        listeners.append(Listener(proxy: index, bind: 0, descriptors: descriptors))
    case .failure(let error): fatalError("\(error)")
    }
}
let engine = try Engine(
    snapshot: snapshot, listeners: listeners, workers: workers, board: HealthBoard(), service: nil,
    openLogs: { snapshot in
        LogWriter(
            lists: snapshot.proxies.map { _ in LogList(targets: [], tag: "bench") },
            process: Processes.identifier, hostname: nil)
    })
try engine.start()
let signals = try Processes.signalDescriptor([15, 2])
let loop = try Loop()
try loop.add(signals, .readable, Token(kind: 1))
while loop.wait() == 0 {}
