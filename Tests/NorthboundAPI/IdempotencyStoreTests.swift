import BusMessages
import NorthboundAPI
import Testing

@Suite struct IdempotencyStoreTests {
    @Test func theOldestKeyThatIsNotUnderWayIsForgottenFirst() async {
        let store = IdempotencyStore(capacity: 2)
        let rule = One.rule("r1", One.specification, .pending)
        _ = await store.begin("under way", One.specification)
        _ = await store.begin("answered", One.specification)
        await store.answered("answered", with: rule)
        guard case .ask = await store.begin("new", One.specification) else {
            Issue.record("there is room once the answered key is forgotten")
            return
        }
        #expect(await store.begin("under way", One.specification) == .beingAsked)
        #expect(await store.begin("answered", One.specification) == .full)
    }
}
