package import NIOCore
package import V2GSession

/// How long simulated hardware takes.
package struct SimulationPace: Sendable, Hashable {
    package var contactor: TimeAmount
    package var isolationTest: TimeAmount
    /// Between two steps of a voltage ramp.
    package var step: TimeAmount
    /// Of a ramp, in volts for each step.
    package var voltsPerStep: Double
    /// Between two readings of the meter under power.
    package var metering: TimeAmount

    /// As hardware does: a contactor in 60 ms, an isolation test in 1.2 s, 2 kV/s.
    package static let realistic = SimulationPace(
        contactor: .milliseconds(60), isolationTest: .milliseconds(1_200), step: .milliseconds(20), voltsPerStep: 40,
        metering: .milliseconds(250))
    /// Nothing waits.
    package static let atOnce = SimulationPace(
        contactor: .zero, isolationTest: .zero, step: .zero, voltsPerStep: 2_000, metering: .milliseconds(250))
}

/// Charging equipment that exists in memory only: a pilot with the states of IEC 61851-1, a contactor, a power stage that
/// ramps, an isolation test, and a meter that signs its readings.
package final class SimulatedEVSE: EVSEEquipment {
    private let pace: SimulationPace
    private let isDC: Bool
    private let phases: Double
    private let nominalVoltage: Double
    private let meter: SimulatedMeter
    private var readings = EVSEReadings()
    private var report: ((EVSEReadings) -> Void)?
    private var loop: (any EventLoop)?
    /// Counts attachments, so that what was ordered in an old one does nothing in a new one.
    private var epoch = 0
    private var target: (volts: Double, amperes: Double)?
    private var isRamping = false
    private var acLimit: Double = 16
    private var acPower: Double?
    private var lastTick: NIODeadline?
    private var ticking: RepeatedTask?
    private var isReportDue = false

    /// - Parameter offer: What the power stage has.
    package init(offer: EnergyOffer, meter: SimulatedMeter, pace: SimulationPace = .realistic) {
        self.pace = pace
        self.meter = meter
        switch offer {
        case .ac(let ac):
            isDC = false
            phases = Double(ac.phases)
            nominalVoltage = ac.nominalVoltage.value
            acLimit = ac.maximumCurrent.value
        case .dc:
            isDC = true
            phases = 1
            nominalVoltage = 0
        }
    }

    package func attach(on loop: any EventLoop, report: @escaping (EVSEReadings) -> Void) {
        epoch += 1
        isReportDue = false
        self.loop = loop
        self.report = report
        readings = EVSEReadings()
        readings.meter = meter.reading()
        changed()
    }

    package func detach() {
        carryOut(.stop)
        epoch += 1
        ticking?.cancel()
        ticking = nil
        report = nil
        readings.contactor = .open
        readings.voltage = .zero
        readings.current = .zero
    }

    package func carMoves(to pilot: ControlPilot) {
        guard readings.controlPilot != pilot else { return }
        readings.controlPilot = pilot
        changed()
    }

    package func carryOut(_ command: PowerCommand) {
        switch command {
        case .closeContactor:
            after(pace.contactor) { equipment in
                equipment.readings.contactor = .closed
                equipment.startMetering()
                equipment.settle()
            }
        case .limitAC(_, let current):
            acLimit = max(0, current.value)
            acPower = nil
            settle()
        case .deliverAC(_, let watts):
            acPower = watts.value
            settle()
        case .startIsolationTest:
            readings.isolation = .testing
            readings.contactor = .closed
            changed()
            after(pace.isolationTest) { equipment in
                guard equipment.readings.isolation == .testing else { return }
                equipment.readings.isolation = .valid
                equipment.changed()
            }
        case .preCharge(_, let volts, let amperes), .deliverDC(_, let volts, let amperes):
            readings.contactor = .closed
            target = (volts.value, amperes.value)
            startMetering()
            ramp()
        case .stop:
            if ticking != nil { count() }
            target = nil
            ticking?.cancel()
            ticking = nil
            readings.current = .zero
            readings.power = .zero
            readings.voltage = .zero
            if readings.isolation == .testing { readings.isolation = .notTested }
            changed()
            guard readings.contactor == .closed else { return }
            after(pace.contactor) { equipment in
                guard equipment.target == nil else { return }
                equipment.readings.contactor = .open
                equipment.changed()
            }
        case .pilotOff: break
        case .pilotOn:
            if readings.controlPilot == .f { carMoves(to: .b) }
        }
    }

    // MARK: Power

    private func ramp() {
        guard let target else { return }
        let missing = target.volts - readings.voltage.value
        let step = min(abs(missing), pace.voltsPerStep)
        let volts = readings.voltage.value + (missing < 0 ? -step : step)
        readings.voltage = Volts(volts)
        // Current flows once the voltage stands.
        readings.current = Amperes(abs(target.volts - volts) < 1 ? target.amperes : 0)
        readings.power = readings.voltage * readings.current
        changed()
        guard abs(target.volts - volts) >= 1, !isRamping else { return }
        isRamping = true
        after(pace.step) { equipment in
            equipment.isRamping = false
            equipment.ramp()
        }
    }

    private func settle() {
        guard !isDC, readings.contactor == .closed else { return changed() }
        readings.voltage = Volts(nominalVoltage)
        let watts = acPower ?? acLimit * nominalVoltage * phases
        readings.power = Watts(watts)
        readings.current = Amperes(nominalVoltage > 0 ? watts / nominalVoltage / phases : 0)
        changed()
    }

    // MARK: Metering and reports

    private func startMetering() {
        guard ticking == nil, let loop else { return }
        lastTick = .now()
        // Sound: the task runs on the loop that this object lives on.
        let me = NIOLoopBound(self, eventLoop: loop)
        ticking = loop.scheduleRepeatedTask(initialDelay: pace.metering, delay: pace.metering) { _ in me.value.tick() }
    }

    private func tick() {
        count()
        changed()
    }

    private func count() {
        let now = NIODeadline.now()
        let elapsed = lastTick.map { Double((now - $0).nanoseconds) / 1e9 } ?? 0
        lastTick = now
        meter.count(readings.power, seconds: elapsed)
        readings.meter = meter.reading()
    }

    /// Reports soon, once for all changes of one turn of the loop.
    private func changed() {
        guard !isReportDue, report != nil else { return }
        isReportDue = true
        after(.zero) { equipment in
            equipment.isReportDue = false
            equipment.report?(equipment.readings)
        }
        if loop == nil { isReportDue = false }
    }

    private func after(_ delay: TimeAmount, _ body: @escaping @Sendable (SimulatedEVSE) -> Void) {
        guard let loop else { return }
        let me = NIOLoopBound(self, eventLoop: loop)
        let epoch = epoch
        let run: @Sendable () -> Void = {
            guard me.value.epoch == epoch else { return me.value.isReportDue = false }
            body(me.value)
        }
        if delay == .zero { loop.execute(run) } else { loop.scheduleTask(in: delay, run) }
    }
}
