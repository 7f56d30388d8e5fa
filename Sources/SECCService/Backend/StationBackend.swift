package import V2GPrimitives
package import V2GSession
package import V2GSessionDIN
package import V2GSessionISO2
package import V2GSessionISO20

/// Whoever stands behind a station: judges contracts and customers, makes contracts and schedules. Called on any thread;
/// an answer that takes longer than the edition's timers allow is too late, and the session says so to the car.
package protocol StationBackend: Sendable {
    func judgeContract(_ question: ContractQuestion) async -> ContractVerdict
    func judgeExternal(evse: EVSEID) async -> ExternalVerdict
    func provision(_ question: ProvisioningQuestion) async -> ProvisioningVerdict
    func makeSchedules(_ question: DINEdition.ScheduleQuestion) async -> DINEdition.Schedules
    func makeSchedules(_ question: ISO2Edition.ScheduleQuestion) async -> ISO2Edition.Schedules
    func makeSchedules(_ question: ISO20Edition.ScheduleQuestion) async -> ISO20Edition.Schedules
}
