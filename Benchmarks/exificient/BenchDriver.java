import com.siemens.ct.exi.main.cmd.EXICodec;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * How long EXIficient takes in a warm JVM, without any bridge to another language.
 *
 * <pre>
 *   BenchDriver SCHEMAS    with lines of SET HEX, one document each, on standard input; for each one line:
 *   packaged-encode packaged-decode cached-encode cached-decode   in nanoseconds, medians, a dash where it failed
 * </pre>
 *
 * <em>Packaged</em> is the class that Josev's stack calls, between its JSON and EXI. <em>Cached</em> keeps the grammars,
 * and goes between XML text and EXI through SAX, as {@link Driver} does.
 */
public final class BenchDriver {
    private static final int ROUNDS = 21;

    private interface Operation {
        Object run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Driver driver = new Driver(new File(arguments[0]), false, false, 0, 0, 0);
        EXICodec codec = new EXICodec();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
        boolean isCold = true;
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split(" ");
            String set = words[0];
            String hex = words[1];
            byte[] bytes = HexFormat.of().parseHex(hex);
            String namespace = Driver.NAMESPACES.get(set);
            // A codec that does not give the same bytes again does other work, and is not measured.
            String json = codec.decode(bytes, namespace);
            boolean isSame = json != null && Arrays.equals(bytes, codec.encode(json, namespace));
            String xml = driver.decode(set, false, hex);
            if (!driver.encode(set, false, xml).equals(hex)) {
                throw new IllegalStateException("EXIficient gives other bytes for " + xml);
            }
            if (isCold) {
                // The compilers of the JVM get six seconds of the same work before anything is timed.
                long end = System.nanoTime() + 6_000_000_000L;
                while (System.nanoTime() < end) {
                    if (isSame) {
                        codec.encode(json, namespace);
                        codec.decode(bytes, namespace);
                    }
                    driver.encode(set, false, xml);
                    driver.decode(set, false, hex);
                }
                isCold = false;
            }
            answers.println(
                (isSame ? median(() -> codec.encode(json, namespace)) : "-") + " "
                + (json != null ? median(() -> codec.decode(bytes, namespace)) : "-") + " "
                + median(() -> driver.encode(set, false, xml)) + " " + median(() -> driver.decode(set, false, hex)));
            answers.flush();
        }
    }

    /** The median of rounds of 20 ms at least, after half a second of warm-up. */
    private static String median(Operation operation) throws Exception {
        long warm = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - warm < 500_000_000L) {
            operation.run();
            count++;
        }
        long times = Math.max(1, count / 25);
        double[] rounds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (long index = 0; index < times; index++) {
                operation.run();
            }
            rounds[round] = (double) (System.nanoTime() - start) / times;
        }
        Arrays.sort(rounds);
        return Long.toString(Math.round(rounds[ROUNDS / 2]));
    }
}
