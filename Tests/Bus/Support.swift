import Bus
import Foundation
import Synchronization
import Testing
import Timing

/// A folder of its own under the temporary folder, for `ipc://` endpoints; removed with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/bus-" + String(UInt64.random(in: .min ... .max), radix: 16)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func endpoint(_ name: String) -> String { "ipc://\(path)/\(name)" }
}

/// What callbacks on other threads gathered.
final class Gathered<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    var all: [Element] { elements.withLock { $0 } }

    func add(_ element: Element) { elements.withLock { $0.append(element) } }
}

/// Waits until `condition` holds; false when it did not within ten seconds.
func eventually(_ condition: @Sendable () async -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return await condition()
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension Incoming {
    var envelope: Envelope? {
        if case .event(let envelope) = self { envelope } else { nil }
    }
}
