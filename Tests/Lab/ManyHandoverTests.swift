import Lab
import Testing

/// Many flows, many requests, many packets, and switches with much in their caches.
@Suite("Many at once", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct ManyHandoverTests {
    @discardableResult
    private func expect(_ location: SourceLocation = #_sourceLocation, _ change: (inout LabOptions) -> Void) async throws -> LabReport {
        var options = LabOptions()
        options.margin = 1
        change(&options)
        let report = try await Machine.run(options.scenario)
        Machine.expectPassed(report, location: location)
        return report
    }

    @Test func aThousandFlowsMoveUnderOneRule() async throws {
        let report = try await expect { options in
            options.flows = 1_000
            options.rate = 5_000
        }
        #expect(report.outcomes == ["completed": 1_000])
    }

    @Test func aHundredRequestsAtFiftyASecondAreAllCarriedOut() async throws {
        let report = try await expect { options in
            options.requests = 100
            options.requestRate = 50
        }
        #expect(report.outcomes == ["completed": 100])
        #expect(report.requests?.count == 100)
    }

    @Test func aHundredOfAThousandFlowsMoveByARequestEachAndTheOthersStay() async throws {
        try await expect { options in
            options.flows = 1_000
            options.rate = 5_000
            options.requests = 100
            options.requestRate = 50
        }
    }

    @Test func aFlowMovesBesideTenThousandInTheSwitchesCaches() async throws {
        let report = try await expect { $0.backgroundFlows = 10_000 }
        #expect(report.cachedFlows ?? 0 >= 20_000)
    }

    @Test func twentyThousandPacketsASecondMove() async throws {
        try await expect { $0.rate = 20_000 }
    }

    @Test func requestsArriveAtTheirRateWhateverTheSeed() {
        for seed in 0..<20 as Range<UInt64> {
            let times = PoissonArrivals.times(count: 2_000, rate: 50, seed: seed)
            #expect(times == times.sorted())
            let rate = Double(times.count) / (Double(times.last ?? 0) / 1e9)
            #expect((45...55).contains(rate))
        }
        #expect(PoissonArrivals.times(count: 5, rate: 1, seed: 1) != PoissonArrivals.times(count: 5, rate: 1, seed: 2))
    }
}
