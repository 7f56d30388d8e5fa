internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GMessagesXMLDSig
internal import V2GSession
internal import V2GSignatures

/// A reading that the car was asked to confirm.
struct PendingConfirmation: Sendable {
    let meterInfo: ISO20.MeterInfo
}

extension ISO20SECC {
    /// In the first loop, when the car asks, and when a confirmation is due.
    mutating func meterInfo(requested: Bool) -> (ISO20.MeterInfo?, [Action]) {
        let isDue = contract != nil && offer.receiptEvery.map { $0 > 0 && loopCount % $0 == 0 } ?? false
        guard requested || loopCount == 0 || isDue else { return (nil, []) }
        guard let reading = readings.meter else {
            guard requested, !hasWarnedOfMeter else { return (nil, []) }
            hasWarnedOfMeter = true
            return (
                nil,
                [.note(.warning("The car asks for MeterInfo, and the meter has reported nothing. Check the meter."))]
            )
        }
        return (ISO20.MeterInfo(reading), [])
    }

    mutating func meteringConfirmation(_ request: ISO20Common.MeteringConfirmationReq) -> [Action] {
        let message = Message.common(.meteringConfirmationReq(request))
        guard let pending = confirmation, let contract else { return [] }
        confirmation = nil
        var actions: [Action] = []
        do {
            try checkConfirmed(request.signedMeteringData, pending)
            let verified = try signatures.verify(
                request.header.signature, over: [.signedMeteringData(request.signedMeteringData)], by: contract.key)
            actions = try accepted(verified, in: "MeteringConfirmationReq")
            if let signature = request.header.signature {
                actions.append(.keepReceipt(.init(request: request, signature: signature)))
            }
        } catch {
            guard !offer.requiresValidReceipts else {
                return refuse(
                    message, .failedMeteringSignatureNotValid, "MeteringConfirmationReq: \(error.message)")
            }
            actions = [.note(.securityEvent("A metering confirmation is not valid and was not kept: \(error.message)"))]
        }
        return actions
            + answer(
                .common(.meteringConfirmationRes(.init(header: header, responseCode: .ok))), next: .expectChargeLoop)
    }

    /// What is confirmed has to be what was shown, in this session, under this schedule.
    private func checkConfirmed(
        _ data: ISO20Common.SignedMeteringData, _ pending: PendingConfirmation
    ) throws(SignatureRefusal) {
        func differs(_ what: String) -> SignatureRefusal {
            SignatureRefusal(
                .digestMismatch, "SignedMeteringData names another \(what) than the charge loop's response")
        }
        guard let session, session.matches(data.sessionID.octets) else { throw differs("session") }
        guard data.meterInfo == pending.meterInfo else { throw differs("meter reading") }
        guard data.receipt == nil else { throw differs("receipt") }
        switch data.smdtControlMode {
        case .dynamicSMDTControlMode: guard selection?.isDynamic == true else { throw differs("control mode") }
        case .scheduledSMDTControlMode(let mode):
            guard selection?.isDynamic == false, selectedTuple == mode.selectedScheduleTupleID.value else {
                throw differs("schedule tuple")
            }
        }
    }
}
