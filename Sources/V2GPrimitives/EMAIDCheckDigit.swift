/// The check digit of an eMAID (ISO 15118-2 Annex H, eMI3).
///
/// Each character is a number 0...35 and is split into two bits (its quotient by 9) and two trits (its remainder).
/// Bits are summed modulo 2 and trits modulo 3, each pair first multiplied by a power of a 2x2 matrix that grows with
/// the position, so that any single wrong character and any swap of two neighbors changes a sum. The check digit is
/// the character that makes all four sums zero.
enum EMAIDCheckDigit {
    /// The check digit of the first 14 upper-case characters. Anything that is no letter or digit counts as zero.
    static func compute(_ characters: some Collection<UInt8>) -> UInt8 {
        // Row vectors (1, 0)·P^i and (0, 1)·P^i, walked forward by one multiplication per position.
        var bits = (upper: (0, 1), lower: (1, 1))  // P1 = [[0,1],[1,1]] over Z2
        var trits = (upper: (0, 1), lower: (1, 2))  // P2 = [[0,1],[1,2]] over Z3
        var bitSum = (0, 0)
        var tritSum = (0, 0)
        for character in characters.prefix(14) {
            let value = ASCII.base36(character) ?? 0
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 9)
            let (q1, q2) = quotient.quotientAndRemainder(dividingBy: 2)
            let (r1, r2) = remainder.quotientAndRemainder(dividingBy: 3)
            bitSum.0 = (bitSum.0 + q1 * bits.upper.0 + q2 * bits.lower.0) % 2
            bitSum.1 = (bitSum.1 + q1 * bits.upper.1 + q2 * bits.lower.1) % 2
            tritSum.0 = (tritSum.0 + r1 * trits.upper.0 + r2 * trits.lower.0) % 3
            tritSum.1 = (tritSum.1 + r1 * trits.upper.1 + r2 * trits.lower.1) % 3
            bits = (times(bits.upper, 1, modulo: 2), times(bits.lower, 1, modulo: 2))
            trits = (times(trits.upper, 2, modulo: 3), times(trits.lower, 2, modulo: 3))
        }
        // Position 15: P1^15 is the identity and P2^15 = [[1,1],[1,0]]; solve for the pair that cancels the sums.
        let y1 = (3 - tritSum.1) % 3
        let y2 = (tritSum.1 - tritSum.0 + 3) % 3
        return ASCII.base36Digit((2 * bitSum.0 + bitSum.1) * 9 + 3 * y1 + y2)
    }

    /// A row vector times [[0,1],[1,corner]].
    private static func times(_ row: (Int, Int), _ corner: Int, modulo: Int) -> (Int, Int) {
        (row.1 % modulo, (row.0 + corner * row.1) % modulo)
    }
}
