/// The lab's two sides as two networks, and two Linux functions that route between them, alike to both sides: same addresses.
enum NATLayout {
    static let client = "10.1.0.2"
    static let server = "10.2.0.2"
    /// The functions' interfaces towards the client and towards the server, with what both functions have in common.
    static let sides = [
        (interface: Layout.taps[0], network: "10.1.0.0/24", address: "10.1.0.1", mac: "02:00:00:00:0a:01"),
        (interface: Layout.taps[1], network: "10.2.0.0/24", address: "10.2.0.1", mac: "02:00:00:00:0a:02"),
    ]
    static let clientNamespace = Layout.hosts[0].namespace
    static let serverNamespace = Layout.hosts[1].namespace
    /// Where the server keeps what is downloaded.
    static let files = Layout.runDirectory + "/files"
    static let httpPort = 80

    /// The ports that a function translates to: each has its own, or two of them could give one port to two clients.
    static func ports(of function: Int) -> ClosedRange<Int> { function * 10_000 + 10_000...function * 10_000 + 19_999 }

    /// What an administrator would load into a function.
    static func ruleset(_ function: NATOptions.Function, number: Int) -> String {
        let translation = """
            table ip translation {
                chain outgoing {
                    type nat hook postrouting priority srcnat
                    oifname "\(sides[1].interface)" ip protocol { tcp, udp } masquerade to :\(ports(of: number).lowerBound)-\(ports(of: number).upperBound)
                }
            }

            """
        let filter = """
            table ip filtering {
                chain passing {
                    type filter hook forward priority filter
                    policy drop
                    ct state invalid counter drop
                    ct state established,related counter accept
                    iifname "\(sides[0].interface)" ct state new counter accept
                }
            }

            """
        return function == .nat ? translation + filter : filter
    }

    /// An HTTP server that serves ``files``: Python's own, with a queue for many clients at once, and a rate for each file's connections.
    ///
    /// It leaves it to the client to close a connection. Whoever does remembers the ports for a minute (TIME_WAIT), and a server that did
    /// would drop the SYN of a later connection for which a NAT chose the same port again: that would count as sent again.
    static func httpServer(bytesPerSecond rates: [String: Int]) -> String {
        let table = rates.map { "\"/\($0.key)\": \($0.value)" }.sorted().joined(separator: ", ")
        return """
            import functools, http.server, socket
            SO_MAX_PACING_RATE = 47
            rates = {\(table)}
            class Server(http.server.ThreadingHTTPServer):
                request_queue_size = 1024
            class Handler(http.server.SimpleHTTPRequestHandler):
                protocol_version = "HTTP/1.1"
                def copyfile(self, source, output):
                    rate = rates.get(self.path.split("?")[0])
                    if rate:
                        self.connection.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, rate)
                    super().copyfile(source, output)
            handler = functools.partial(Handler, directory="\(files)")
            Server(("\(server)", \(httpPort)), handler).serve_forever()
            """
    }
}
