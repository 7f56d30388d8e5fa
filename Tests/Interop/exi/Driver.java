import com.siemens.ct.exi.core.CodingMode;
import com.siemens.ct.exi.core.EncodingOptions;
import com.siemens.ct.exi.core.EXIFactory;
import com.siemens.ct.exi.core.FidelityOptions;
import com.siemens.ct.exi.core.grammars.Grammars;
import com.siemens.ct.exi.core.helpers.DefaultEXIFactory;
import com.siemens.ct.exi.grammars.GrammarFactory;
import com.siemens.ct.exi.main.api.sax.EXIResult;
import com.siemens.ct.exi.main.api.sax.SAXFactory;
import com.siemens.ct.exi.main.cmd.EXICodec;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.xml.parsers.SAXParserFactory;
import org.apache.xerces.xni.XMLResourceIdentifier;
import org.apache.xerces.xni.parser.XMLEntityResolver;
import org.apache.xerces.xni.parser.XMLInputSource;
import org.xml.sax.InputSource;
import org.xml.sax.XMLReader;

/**
 * EXIficient as a line filter: one request a line on standard input, one answer a line on standard output.
 *
 * <pre>
 *   encode SET doc|fragment XML  ->  hex
 *   decode SET doc|fragment HEX  ->  XML on one line
 *   events SET doc|fragment HEX  ->  the events, each with the bit where it begins, separated by tabs
 *   josev  SET doc|fragment JSON ->  hex, as Josev's own codec makes it
 *   anything that fails          ->  error: REASON
 * </pre>
 *
 * Grammars come from the XSDs, once for each set, with nothing from a network. The coding options are those of
 * ISO 15118: schema-informed, not strict, bit-packed, no value in a string table, nothing preserved, a header without
 * options and without the cookie. Built-in grammars (for what a wildcard lets in) learn nothing unless asked for with
 * {@code --built-in-elements N --built-in-productions N} (-1: without limit, as W3C EXI 1.0 has it).
 * {@code --value-capacity N} lets strings enter tables (-1: without limit, as encoders do that leave this setting alone).
 * {@code --form canonical} follows Canonical EXI 1.0 (W3C) where an encoder may choose.
 * {@code --grammars jar} takes the grammars that Josev's stack has precompiled in its jar, instead of the XSDs.
 */
public final class Driver {
    private static final Map<String, String> SCHEMAS = Map.of(
        "sap", "V2G_CI_AppProtocol.xsd",
        "din", "din_spec/V2G_CI_MsgDef.xsd",
        "iso2", "iso15118_2/V2G_CI_MsgDef.xsd",
        "iso20-common", "iso15118_20/V2G_CI_CommonMessages.xsd",
        "iso20-ac", "iso15118_20/V2G_CI_AC.xsd",
        "iso20-dc", "iso15118_20/V2G_CI_DC.xsd",
        "iso20-acdp", "iso15118_20/V2G_CI_ACDP.xsd",
        "iso20-wpt", "iso15118_20/V2G_CI_WPT.xsd",
        "xmldsig", "xmldsig-core-schema.xsd");
    static final Map<String, String> NAMESPACES = Map.of(
        "sap", "urn:iso:15118:2:2010:AppProtocol",
        "din", "urn:din:70121:2012:MsgDef",
        "iso2", "urn:iso:15118:2:2013:MsgDef",
        "iso20-common", "urn:iso:std:iso:15118:-20:CommonMessages",
        "iso20-ac", "urn:iso:std:iso:15118:-20:AC",
        "iso20-dc", "urn:iso:std:iso:15118:-20:DC",
        "iso20-acdp", "urn:iso:std:iso:15118:-20:ACDP",
        "iso20-wpt", "urn:iso:std:iso:15118:-20:WPT",
        "xmldsig", "http://www.w3.org/2000/09/xmldsig#");
    private static final Map<String, String> PRECOMPILED = Map.of(
        "sap", "CommonAppProtocol",
        "din", "DINSpec_70121",
        "iso2", "ISO15118_2Grammar",
        "iso20-common", "ISO15118_20_V2G_CI_CommonMessages",
        "iso20-ac", "ISO15118_20_V2G_CI_AC",
        "iso20-dc", "ISO15118_20_V2G_CI_DC",
        "iso20-acdp", "ISO15118_20_V2G_CI_ACDP",
        "iso20-wpt", "ISO15118_20_V2G_CI_WPT",
        "xmldsig", "XMLDSIG_Core_Schema_Grammar");

    private final File folder;
    private final boolean precompiled;
    private final boolean canonical;
    private final int builtInElements;
    private final int builtInProductions;
    private final int valueCapacity;
    private final Map<String, Grammars> grammars = new HashMap<>();
    private final SAXParserFactory parsers = SAXParserFactory.newInstance();

    Driver(File folder, boolean precompiled, boolean canonical, int builtInElements, int builtInProductions,
            int valueCapacity) throws Exception {
        this.folder = folder.getCanonicalFile();
        this.precompiled = precompiled;
        this.canonical = canonical;
        this.builtInElements = builtInElements;
        this.builtInProductions = builtInProductions;
        this.valueCapacity = valueCapacity;
        parsers.setNamespaceAware(true);
        parsers.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    }

    public static void main(String[] arguments) throws Exception {
        File folder = null;
        boolean precompiled = false;
        boolean canonical = false;
        int elements = 0;
        int productions = 0;
        int capacity = 0;
        for (int index = 0; index + 1 < arguments.length; index += 2) {
            String value = arguments[index + 1];
            switch (arguments[index]) {
                case "--schemas" -> folder = new File(value);
                case "--grammars" -> precompiled = value.equals("jar");
                case "--form" -> canonical = value.equals("canonical");
                case "--built-in-elements" -> elements = Integer.parseInt(value);
                case "--built-in-productions" -> productions = Integer.parseInt(value);
                case "--value-capacity" -> capacity = Integer.parseInt(value);
                default -> throw new IllegalArgumentException("unknown option " + arguments[index]);
            }
        }
        if (folder == null || arguments.length % 2 != 0) {
            throw new IllegalArgumentException("usage: Driver --schemas DIR [--grammars xsd|jar] "
                + "[--form usual|canonical] [--built-in-elements N] [--built-in-productions N] "
                + "[--value-capacity N]");
        }
        // Libraries that print to standard output must not disturb the answers.
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Driver driver = new Driver(folder, precompiled, canonical, elements, productions, capacity);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String answer;
            try {
                answer = driver.answer(line);
            } catch (Exception | StackOverflowError | AssertionError error) {
                answer = "error: " + reason(error);
            }
            answers.print(answer);
            answers.print('\n');
            answers.flush();
        }
    }

    private static String reason(Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable each = error; each != null; each = each.getCause()) {
            text.append(text.length() == 0 ? "" : "; ").append(each.getClass().getSimpleName())
                .append(": ").append(each.getMessage());
        }
        return text.toString().replaceAll("\\s+", " ");
    }

    private String answer(String line) throws Exception {
        String[] words = line.split(" ", 4);
        if (words.length != 4 || !SCHEMAS.containsKey(words[1]) || !words[2].matches("doc|fragment")) {
            throw new IllegalArgumentException("want encode|decode|events|josev SET doc|fragment XML|HEX|JSON");
        }
        boolean fragment = words[2].equals("fragment");
        return switch (words[0]) {
            case "encode" -> encode(words[1], fragment, words[3]);
            case "decode" -> decode(words[1], fragment, words[3]);
            case "events" -> Events.of(factory(words[1], fragment), HexFormat.of().parseHex(words[3]));
            case "josev" -> josev(words[1], words[3]);
            default -> throw new IllegalArgumentException("want encode, decode, events or josev, not " + words[0]);
        };
    }

    String encode(String set, boolean fragment, String xml) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        EXIResult result = new EXIResult(factory(set, fragment));
        result.setOutputStream(bytes);
        XMLReader reader = parsers.newSAXParser().getXMLReader();
        reader.setContentHandler(result.getHandler());
        reader.parse(new InputSource(new StringReader(xml)));
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    String decode(String set, boolean fragment, String hex) throws Exception {
        OneLine xml = new OneLine();
        XMLReader reader = new SAXFactory(factory(set, fragment)).createEXIReader();
        reader.setContentHandler(xml);
        reader.parse(new InputSource(new ByteArrayInputStream(HexFormat.of().parseHex(hex))));
        return xml.text();
    }

    /** The bytes that Josev's own codec makes of its own JSON. It chooses document or fragment by itself. */
    private String josev(String set, String json) throws Exception {
        EXICodec codec = new EXICodec();
        byte[] bytes = codec.encode(json, NAMESPACES.get(set));
        if (bytes == null) {
            throw new IOException("Josev cannot encode: " + codec.get_last_encoding_error());
        }
        return HexFormat.of().formatHex(bytes);
    }

    private EXIFactory factory(String set, boolean fragment) throws Exception {
        EXIFactory factory = DefaultEXIFactory.newInstance();
        factory.setFidelityOptions(FidelityOptions.createDefault());
        factory.setCodingMode(CodingMode.BIT_PACKED);
        factory.setValuePartitionCapacity(valueCapacity);
        factory.setMaximumNumberOfBuiltInElementGrammars(builtInElements);
        factory.setMaximumNumberOfBuiltInProductions(builtInProductions);
        if (canonical) {
            EncodingOptions options = EncodingOptions.createDefault();
            options.setOption(EncodingOptions.CANONICAL_EXI);
            factory.setEncodingOptions(options);
        }
        factory.setFragment(fragment);
        factory.setGrammars(grammars(set));
        return factory;
    }

    private Grammars grammars(String set) throws Exception {
        Grammars known = grammars.get(set);
        if (known != null) {
            return known;
        }
        Grammars built;
        if (precompiled) {
            String name = "com.siemens.ct.exi.main.generatedgrammar." + PRECOMPILED.get(set);
            built = (Grammars) Class.forName(name).getDeclaredConstructor().newInstance();
        } else {
            File schema = new File(folder, SCHEMAS.get(set));
            built = GrammarFactory.newInstance().createGrammars(schema.getPath(), new LocalFiles(folder));
        }
        grammars.put(set, built);
        return built;
    }

    /** Finds schemas in one folder, gives the DTD of the signature schema as nothing, and refuses all else. */
    private record LocalFiles(File folder) implements XMLEntityResolver {
        @Override
        public XMLInputSource resolveEntity(XMLResourceIdentifier identifier) throws IOException {
            String literal = identifier.getLiteralSystemId();
            if (literal == null) {
                return null; // a namespace without a place: nothing to load
            }
            if (literal.endsWith("XMLSchema.dtd")) {
                return new XMLInputSource(identifier.getPublicId(), literal, null, new StringReader(""), "UTF-8");
            }
            String base = identifier.getBaseSystemId();
            File around = base == null ? folder : new File(base.replaceFirst("^file:/*", "/")).getParentFile();
            File named = new File(literal.replaceFirst("^file:/*", "/"));
            File file = (named.isAbsolute() ? named : new File(around, literal)).getCanonicalFile();
            if (!file.toPath().startsWith(folder.toPath()) || !file.isFile()) {
                System.err.println("refused to load " + literal + ": not a file of the schemas folder");
                throw new IOException("refused to load " + literal);
            }
            // One name for each file, or the parser takes two references to one file for two schemas.
            return new XMLInputSource(identifier.getPublicId(), file.toURI().toString(), null,
                new FileInputStream(file), null);
        }
    }
}
