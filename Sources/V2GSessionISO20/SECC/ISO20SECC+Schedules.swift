internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession

/// Where the schedules stand.
enum ScheduleProgress: Sendable {
    case idle
    case asked
    case made(ISO20Edition.Schedules)
    case overdue
}

extension ISO20SECC {
    mutating func scheduleExchange(_ request: ISO20Common.ScheduleExchangeReq) -> [Action] {
        let message = Message.common(.scheduleExchangeReq(request))
        guard let selection, let limits, let grant else { return [] }
        let isDynamic: Bool
        switch request.seReqControlMode {
        case .dynamicSEReqControlMode: isDynamic = true
        case .scheduledSEReqControlMode: isDynamic = false
        }
        guard isDynamic == selection.isDynamic else {
            return refuse(
                message, .failed,
                "ScheduleExchangeReq is \(isDynamic ? "dynamic" : "scheduled"), and the service was selected "
                    + "\(selection.isDynamic ? "dynamic" : "scheduled") (V2G20-1600)")
        }
        switch scheduleProgress {
        case .made(let schedules): return offerSchedules(schedules, to: request)
        case .overdue:
            return refuse(message, .failed, "no schedule was made within 55 s", outcome: .timedOut)
        case .asked:
            state = .awaitSchedules(request)
            return wait(for: .scheduleExchange)
        case .idle: break
        }
        scheduleProgress = .asked
        state = .awaitSchedules(request)
        let question = ISO20Edition.ScheduleQuestion(
            request: request, service: selection.service, maximumPower: limits.narrowed(by: readings).maximumPower,
            maximumDischargePower: selection.isBidirectional
                ? limits.narrowed(by: readings).maximumDischargePower : nil,
            grant: grant)
        return wait(for: .scheduleExchange)
            + [.startTimer(.ongoing, after: timing.ongoingPerformance), .makeSchedules(question)]
    }

    mutating func schedulesMade(_ made: ISO20Edition.Schedules) -> [Action] {
        guard case .asked = scheduleProgress else { return [] }
        guard case .awaitSchedules(let request) = state else {
            scheduleProgress = .made(made)
            return [.cancelTimer(.ongoing)]
        }
        return [.cancelTimer(.performance), .cancelTimer(.ongoing)] + offerSchedules(made, to: request)
    }

    mutating func schedulesOngoing(_ request: ISO20Common.ScheduleExchangeReq) -> [Action] {
        let response = ISO20Common.ScheduleExchangeRes(
            header: header, responseCode: .ok, evseProcessing: .ongoing,
            seResControlMode: ISO20Refusal.schedules(for: request, header.timeStamp))
        return answer(.common(.scheduleExchangeRes(response)), next: .expectScheduleExchange)
    }

    mutating func schedulesOverdue() -> [Action] {
        guard case .asked = scheduleProgress else { return [] }
        scheduleProgress = .overdue
        guard case .awaitSchedules(let request) = state else { return [] }
        return refuse(
            .common(.scheduleExchangeReq(request)), .failed, "no schedule was made within 55 s", outcome: .timedOut)
    }

    private mutating func offerSchedules(
        _ made: ISO20Edition.Schedules, to request: ISO20Common.ScheduleExchangeReq
    ) -> [Action] {
        scheduleProgress = .idle
        let mode: ISO20Common.ScheduleExchangeRes.SEResControlMode
        switch (made.offer, request.seReqControlMode) {
        case (.scheduled(let tuples), .scheduledSEReqControlMode):
            if let problem = problem(in: tuples, request) {
                return refuse(.common(.scheduleExchangeReq(request)), .failed, problem, outcome: .stopped)
            }
            mode = .scheduledSEResControlMode(.init(scheduleTuple: BoundedList(unchecked: tuples)))
        case (.dynamic(let offered), .dynamicSEReqControlMode):
            mode = .dynamicSEResControlMode(Self.consistent(offered))
        case (.scheduled, .dynamicSEReqControlMode), (.dynamic, .scheduledSEReqControlMode):
            return refuse(
                .common(.scheduleExchangeReq(request)), .failed,
                "the schedules that were made are of the other control mode", outcome: .stopped)
        }
        schedules = made
        selectedTuple = nil
        scheduledPlan = nil
        dischargingPlan = nil
        let response = ISO20Common.ScheduleExchangeRes(
            // The mobility operator's signature over price schedules travels in the header, as the backend made it.
            header: ISO20.MessageHeader(session: session ?? .zero, at: now.wall, signature: made.signature),
            responseCode: .ok, evseProcessing: .finished, goToPause: made.goToPause, seResControlMode: mode)
        let next: State
        if isRenegotiating {
            next = .expectPowerDelivery
        } else {
            next = offer.energy.isDC ? .expectCableCheck : .expectPowerDelivery
        }
        return answer(.common(.scheduleExchangeRes(response)), next: next)
    }

    /// What makes schedules unfit to be sent; our own side's mistake.
    private func problem(
        in tuples: [ISO20Common.ScheduleTuple], _ request: ISO20Common.ScheduleExchangeReq
    ) -> String? {
        guard (1...3).contains(tuples.count), Set(tuples.map(\.scheduleTupleID)).count == tuples.count else {
            return "\(tuples.count) schedule tuples were made, or two with one identifier; one to three are possible"
        }
        let most = Int(request.maximumSupportingPoints.value)
        let counts = tuples.flatMap { tuple in
            [tuple.chargingSchedule, tuple.dischargingSchedule].compactMap {
                $0?.powerSchedule.powerScheduleEntries.powerScheduleEntry.count
            }
        }
        guard counts.allSatisfy({ $0 <= most }) else {
            return "a schedule has more entries than the \(most) that the car takes"
        }
        return nil
    }

    /// MinimumSOC is left out where it is above TargetSOC ([V2G20-1290], [V2G20-1366]).
    private static func consistent(
        _ offered: ISO20Common.DynamicSEResControlMode
    ) -> ISO20Common.DynamicSEResControlMode {
        var offered = offered
        if let minimum = offered.minimumSOC, let target = offered.targetSOC, minimum.value > target.value {
            offered.minimumSOC = nil
        }
        return offered
    }
}
