import EVCCService
import Testing
import V2GSession

@Suite struct BatteryTests {
    @Test func aBatteryIsFullAfterItsLoops() {
        var battery = Battery(stateOfCharge: 50, target: 80, loops: 10)
        for _ in 0..<9 { battery.charge() }
        #expect(!battery.readings.isFull)
        battery.charge()
        #expect(battery.readings.isFull)
        #expect(battery.readings.stateOfCharge == 80)
    }

    @Test func openContactorsCarryNothing() {
        var battery = Battery(stateOfCharge: 50, target: 80, loops: 10)
        battery.obey(.take(Amperes(16)))
        battery.obey(.openContactor)
        #expect(battery.readings.current == .zero)
    }
}
