import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.xml.sax.Attributes;
import org.xml.sax.helpers.DefaultHandler;

/**
 * Writes SAX events as XML on one line.
 *
 * Prefixes are not kept by the coding options of ISO 15118, so each element declares its namespace where it differs
 * from its parent's, and an attribute with a namespace brings its own declaration.
 */
final class OneLine extends DefaultHandler {
    private final StringBuilder text = new StringBuilder();
    private final Deque<String> defaults = new ArrayDeque<>();
    private final Deque<String> names = new ArrayDeque<>();
    private boolean isOpen;

    String text() {
        return text.toString();
    }

    @Override
    public void startElement(String uri, String local, String qualified, Attributes attributes) {
        close();
        text.append('<').append(local);
        String around = defaults.isEmpty() ? "" : defaults.peek();
        if (!uri.equals(around)) {
            text.append(" xmlns=\"");
            escape(uri, true);
            text.append('"');
        }
        defaults.push(uri);
        names.push(local);
        Map<String, String> sorted = new TreeMap<>();
        for (int index = 0; index < attributes.getLength(); index++) {
            sorted.put(attributes.getURI(index) + " " + attributes.getLocalName(index), attributes.getValue(index));
        }
        int prefix = 0;
        for (Map.Entry<String, String> each : sorted.entrySet()) {
            String[] name = each.getKey().split(" ", 2);
            if (name[0].isEmpty()) {
                text.append(' ').append(name[1]);
            } else {
                text.append(" xmlns:a").append(prefix).append("=\"");
                escape(name[0], true);
                text.append("\" a").append(prefix++).append(':').append(name[1]);
            }
            text.append("=\"");
            escape(each.getValue(), true);
            text.append('"');
        }
        isOpen = true;
    }

    @Override
    public void endElement(String uri, String local, String qualified) {
        if (isOpen) {
            text.append("/>");
            isOpen = false;
        } else {
            text.append("</").append(names.peek()).append('>');
        }
        names.pop();
        defaults.pop();
    }

    @Override
    public void characters(char[] characters, int start, int length) {
        if (length > 0) {
            close();
            escape(new String(characters, start, length), false);
        }
    }

    private void close() {
        if (isOpen) {
            text.append('>');
            isOpen = false;
        }
    }

    private void escape(String value, boolean inAttribute) {
        for (int index = 0; index < value.length(); index++) {
            char each = value.charAt(index);
            switch (each) {
                case '&' -> text.append("&amp;");
                case '<' -> text.append("&lt;");
                case '>' -> text.append("&gt;");
                case '"' -> text.append(inAttribute ? "&quot;" : "\"");
                case '\n', '\r', '\t', '\u0085', '\u2028' -> text.append("&#").append((int) each).append(';');
                default -> text.append(each);
            }
        }
    }
}
