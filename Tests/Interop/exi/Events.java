import com.siemens.ct.exi.core.EXIBodyDecoder;
import com.siemens.ct.exi.core.EXIFactory;
import com.siemens.ct.exi.core.context.QNameContext;
import com.siemens.ct.exi.core.grammars.event.EventType;
import com.siemens.ct.exi.core.io.BitInputStream;
import com.siemens.ct.exi.core.io.channel.BitDecoderChannel;
import java.io.ByteArrayInputStream;
import java.lang.reflect.Field;

/**
 * Names the events of an EXI body with the bit where each event code begins, so that two encodings that part at some bit can be
 * told apart by what was written there.
 */
final class Events {
    /** A bit channel that knows how far it has read. */
    private static final class Channel extends BitDecoderChannel {
        private final ByteArrayInputStream bytes;
        private final int total;
        private final Field capacity;

        Channel(ByteArrayInputStream bytes, int total) throws ReflectiveOperationException {
            super(bytes);
            this.bytes = bytes;
            this.total = total;
            capacity = BitInputStream.class.getDeclaredField("capacity");
            capacity.setAccessible(true);
        }

        int position() throws ReflectiveOperationException {
            return (total - bytes.available()) * 8 - capacity.getInt(istream);
        }
    }

    private Events() {}

    /** `BIT EVENT NAME|VALUE`, separated by tabs; what is readable of a body that cannot be read to its end. */
    static String of(EXIFactory factory, byte[] exi) throws Exception {
        ByteArrayInputStream bytes = new ByteArrayInputStream(exi);
        if (bytes.read() != 0x80) {
            throw new IllegalArgumentException("the header is not 80");
        }
        Channel channel = new Channel(bytes, exi.length);
        EXIBodyDecoder body = factory.createEXIBodyDecoder();
        body.setInputChannel(channel);
        StringBuilder text = new StringBuilder();
        try {
            int place = channel.position();
            for (EventType event = body.next(); event != null; event = body.next()) {
                String what = switch (event) {
                    case START_DOCUMENT -> {
                        body.decodeStartDocument();
                        yield "";
                    }
                    case END_DOCUMENT -> {
                        body.decodeEndDocument();
                        yield "";
                    }
                    case START_ELEMENT, START_ELEMENT_NS, START_ELEMENT_GENERIC, START_ELEMENT_GENERIC_UNDECLARED ->
                        name(body.decodeStartElement());
                    case END_ELEMENT, END_ELEMENT_UNDECLARED -> name(body.decodeEndElement());
                    case CHARACTERS, CHARACTERS_GENERIC, CHARACTERS_GENERIC_UNDECLARED ->
                        shortened(body.decodeCharacters().toString());
                    case ATTRIBUTE_XSI_TYPE -> name(body.decodeAttributeXsiType());
                    case ATTRIBUTE_XSI_NIL -> name(body.decodeAttributeXsiNil());
                    case NAMESPACE_DECLARATION -> body.decodeNamespaceDeclaration().toString();
                    default -> name(body.decodeAttribute()) + "=" + shortened(body.getAttributeValue().toString());
                };
                text.append(place).append(' ').append(event).append(' ').append(what).append('\t');
                if (event == EventType.END_DOCUMENT) {
                    break;
                }
                place = channel.position();
            }
        } catch (Exception error) {
            text.append(channel.position()).append(" unreadable ").append(error.getMessage()).append('\t');
        }
        return text.append(channel.position()).append(" end").toString();
    }

    private static String name(QNameContext context) {
        return context.getQName().getLocalPart();
    }

    private static String shortened(String value) {
        String line = value.replaceAll("\\s", " ");
        return line.length() > 60 ? line.substring(0, 60) + "..." : line;
    }
}
