import Frames
import Wire

/// The TLVs of one control frame, found but not yet read.
struct TLVReader: ~Escapable {
    private let body: RawSpan
    private var places: [(type: TLVType, range: Range<Int>)] = []

    /// Finds the TLVs in `body`. Unknown ones are passed over; `repeated` may come several times, every other once.
    @_lifetime(copy body)
    init(_ body: RawSpan, repeated: TLVType?) throws(ControlFrameError) {
        self.body = body
        var reader = ByteReader(body)
        while reader.remaining > 0 {
            do {
                let number: UInt16 = try reader.read()
                let length: UInt16 = try reader.read()
                let start = reader.offset
                try reader.skip(Int(length))
                guard let type = TLVType(rawValue: number) else { continue }
                if type != repeated, places.contains(where: { $0.type == type }) { throw ControlFrameError.duplicate(number) }
                places.append((type, start..<reader.offset))
            } catch let error as ControlFrameError {
                throw error
            } catch {
                throw .badLength
            }
        }
    }

    func has(_ type: TLVType) -> Bool {
        places.contains { $0.type == type }
    }

    /// The value of a TLV as an integer, which has to have the TLV's very length.
    func value<T: FixedWidthInteger & BitwiseCopyable>(_ type: TLVType, as _: T.Type = T.self) throws(ControlFrameError) -> T? {
        guard let range = range(of: type) else { return nil }
        return try integer(at: range, of: type)
    }

    func required<T: FixedWidthInteger & BitwiseCopyable>(_ type: TLVType, as _: T.Type = T.self) throws(ControlFrameError) -> T {
        guard let value = try value(type, as: T.self) else { throw .missing(type.rawValue) }
        return value
    }

    /// The values of a TLV that may be repeated, in order.
    func all(_ type: TLVType) throws(ControlFrameError) -> [UInt32] {
        var values: [UInt32] = []
        for place in places where place.type == type { values.append(try integer(at: place.range, of: type)) }
        return values
    }

    /// The bytes of a TLV that may be repeated, in order.
    func everyValue(of type: TLVType) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for place in places where place.type == type { values.append([UInt8](copying: body.extracting(place.range))) }
        return values
    }

    /// Whether the last of the TLVs is one of that type and length, unknown ones counted.
    func ends(with type: TLVType, count: Int) -> Bool {
        places.last.map { $0.type == type && $0.range == body.byteCount - count..<body.byteCount } ?? false
    }

    func text(_ type: TLVType) throws(ControlFrameError) -> String? {
        guard let range = range(of: type) else { return nil }
        guard let text = String(validating: [UInt8](copying: body.extracting(range)), as: UTF8.self) else { throw .badValue(type.rawValue) }
        return text
    }

    func bytes(_ type: TLVType) throws(ControlFrameError) -> [UInt8] {
        guard let range = range(of: type) else { throw .missing(type.rawValue) }
        return [UInt8](copying: body.extracting(range))
    }

    /// A reader over the value of a TLV that has to be `count` bytes long; nil where there is none.
    @_lifetime(copy self)
    func reader(_ type: TLVType, count: Int) throws(ControlFrameError) -> ByteReader? {
        guard let range = range(of: type) else { return nil }
        guard range.count == count else { throw .badValue(type.rawValue) }
        return ByteReader(body.extracting(range))
    }

    func address(_ type: TLVType) throws(ControlFrameError) -> MACAddress? {
        guard var reader = try reader(type, count: 6) else { return nil }
        do { return try reader.readMAC() } catch { throw .badValue(type.rawValue) }
    }

    private func range(of type: TLVType) -> Range<Int>? {
        places.first { $0.type == type }?.range
    }

    private func integer<T: FixedWidthInteger & BitwiseCopyable>(
        at range: Range<Int>, of type: TLVType
    ) throws(ControlFrameError) -> T {
        guard range.count == MemoryLayout<T>.size else { throw .badValue(type.rawValue) }
        var reader = ByteReader(body.extracting(range))
        do { return try reader.read() } catch { throw .badValue(type.rawValue) }
    }
}
