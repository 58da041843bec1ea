import Glibc
import Logging
import ServiceSupport
import Synchronization
import Testing

struct CommandLineTests {
    @Test(arguments: ["127.0.0.1:80", "localhost:0", "[::1]:65535"])
    func aListenAddressIsReadAndWritten(text: String) {
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: ["", ":80", "host", "host:", "host:65536", "host:-1", "::1:80", "[]:80"])
    func whatIsNoListenAddressIsRefused(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func aPortInUseIsOneLineWithTheReasonAndTheWayOut() {
        let failure = ServiceFailure(listeningOn: ListenAddress(host: "127.0.0.1", port: 80), errno: EADDRINUSE)
        #expect(
            failure.description
                == "cannot listen on 127.0.0.1:80: address already in use: stop the other program or choose another port with --listen")
    }

    @Test func aLogEventIsOneLineWithItsMetadataSorted() throws {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "controller") { label in
            LineLogHandler(label: label, level: .info) { line in lines.withLock { $0.append(line) } }
        }
        logger[metadataKey: "switch"] = "s1"
        logger.info("two\nlines", metadata: ["reason": "a \"quoted\" word", "dpid": "1"])
        logger.debug("not logged")
        let line = try #require(lines.withLock { $0 }.first)
        #expect(lines.withLock { $0.count } == 1)
        #expect(line.hasSuffix(" info controller: two | lines dpid=1 reason=\"a \\\"quoted\\\" word\" switch=s1\n"))
        #expect(line.prefixMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /#) != nil)
    }

    @Test func theMonotonicClockDoesNotGoBack() {
        var previous = MonotonicClock.now()
        for _ in 0..<1_000 {
            let now = MonotonicClock.now()
            #expect(now >= previous)
            previous = now
        }
    }
}
