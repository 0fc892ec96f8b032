import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The second store: an independent in-memory implementation of the MongoDB protocol. Arguments: the port, the address (loopback if it is
 * missing or empty), and "indexed".
 *
 * The library ignores all indexes but unique ones, and these for queries of more fields than theirs. With "indexed" they serve such queries
 * too, and the first field of the others serves comparisons of numbers and texts, so that a benchmark does not measure how long reading whole
 * collections takes, which MongoDB does not do.
 */
public class MemoryStore {
    /** The library's newest version reports wire version 8, which current drivers refuse. */
    record Version(List<Integer> getVersionArray, int getWireVersion) implements MongoVersion {}

    public static void main(String[] arguments) {
        var given = Arrays.asList(arguments);
        var backend = given.size() > 2 && given.get(2).equals("indexed") ? new IndexedBackend() : new MemoryBackend();
        var server = new MongoServer(backend.version(new Version(List.of(5, 0, 0), 13)));
        var address = given.size() > 1 && !given.get(1).isEmpty() ? given.get(1) : "127.0.0.1";
        server.bind(address, Integer.parseInt(given.get(0)));
    }

    static class IndexedBackend extends MemoryBackend {
        private final CursorRegistry cursors = getCursorRegistry();

        @Override
        public MemoryDatabase openOrCreateDatabase(String name) {
            return new IndexedDatabase(name, cursors);
        }
    }

    static class IndexedDatabase extends MemoryDatabase {
        IndexedDatabase(String name, CursorRegistry cursors) {
            super(name, cursors);
        }

        @Override
        protected Index<Integer> openOrCreateSecondaryIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
            return new FirstField(name, keys, sparse);
        }

        @Override
        protected Index<Integer> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
            return new Unique(name, keys, sparse);
        }
    }

    /** The library uses a unique index only for a query of exactly its fields. This one also serves queries of more fields. */
    static class Unique extends MemoryUniqueIndex {
        Unique(String name, List<IndexKey> keys, boolean sparse) {
            super(name, keys, sparse);
        }

        private Document ofKeys(Document query) {
            var own = new Document();
            keys().stream().filter(query::containsKey).forEach(key -> own.put(key, query.get(key)));
            return own;
        }

        @Override
        public boolean canHandle(Document query) {
            return super.canHandle(ofKeys(query));
        }

        @Override
        public Iterable<Integer> getPositions(Document query) {
            return super.getPositions(ofKeys(query));
        }
    }

    /** Finds the documents whose first indexed field, of the document itself, equals a value or is in a range of numbers. */
    static class FirstField extends Index<Integer> {
        private static final Set<String> COMPARISONS = Set.of("$eq", "$gt", "$gte", "$lt", "$lte");
        private final String field;
        private final TreeMap<Double, Set<Integer>> numbers = new TreeMap<>();
        private final Map<String, Set<Integer>> texts = new HashMap<>();
        private final Map<Object, Integer> positions = new HashMap<>();
        private int lists;

        FirstField(String name, List<IndexKey> keys, boolean sparse) {
            super(name, keys, sparse);
            field = keys.get(0).getKey();
        }

        @Override
        public boolean canHandle(Document query) {
            // A comparison is also one with each element of a list.
            if (lists > 0 || field.contains(".") || !(query.get(field) instanceof Document asked) || asked.isEmpty()) {
                return false;
            }
            var all = asked.entrySet();
            return all.stream().allMatch(each -> COMPARISONS.contains(each.getKey()))
                && (all.stream().allMatch(each -> each.getValue() instanceof Number) || isText(asked));
        }

        private static boolean isText(Document asked) {
            return asked.size() == 1 && asked.get("$eq") instanceof String;
        }

        @Override
        public Iterable<Integer> getPositions(Document query) {
            var asked = (Document) query.get(field);
            if (isText(asked)) {
                return List.copyOf(texts.getOrDefault(asked.get("$eq"), Set.of()));
            }
            double low = Double.NEGATIVE_INFINITY, high = Double.POSITIVE_INFINITY;
            for (var each : asked.entrySet()) {
                double value = ((Number) each.getValue()).doubleValue();
                low = each.getKey().startsWith("$l") ? low : Math.max(low, value);
                high = each.getKey().startsWith("$g") ? high : Math.min(high, value);
            }
            var found = new LinkedHashSet<Integer>();
            if (low <= high) {
                numbers.subMap(low, true, high, true).values().forEach(found::addAll);
            }
            return found;
        }

        @Override
        public void add(Document document, Integer position, MongoCollection<Integer> collection) {
            positions.put(document.get("_id"), position);
            var value = document.get(field);
            if (value instanceof Number number) {
                numbers.computeIfAbsent(number.doubleValue(), each -> new LinkedHashSet<>()).add(position);
            } else if (value instanceof String text) {
                texts.computeIfAbsent(text, each -> new LinkedHashSet<>()).add(position);
            } else if (value instanceof Iterable) {
                lists++;
            }
        }

        @Override
        public Integer remove(Document document) {
            var position = positions.remove(document.get("_id"));
            var value = document.get(field);
            if (value instanceof Number number) {
                drop(numbers, number.doubleValue(), position);
            } else if (value instanceof String text) {
                drop(texts, text, position);
            } else if (value instanceof Iterable) {
                lists--;
            }
            return position;
        }

        private static <K> void drop(Map<K, Set<Integer>> table, K key, Integer position) {
            table.computeIfPresent(key, (each, found) -> found.remove(position) && found.isEmpty() ? null : found);
        }

        @Override
        public void updateInPlace(Document old, Document changed, Integer position, MongoCollection<Integer> collection) {
            remove(old);
            add(changed, position, collection);
        }

        @Override
        public Integer getPosition(Document document) {
            return null;
        }

        @Override
        public void checkAdd(Document document, MongoCollection<Integer> collection) {}

        @Override
        public void checkUpdate(Document old, Document changed, MongoCollection<Integer> collection) {}

        @Override
        public long getCount() {
            return positions.size();
        }

        @Override
        public long getDataSize() {
            return 0;
        }

        @Override
        public void drop() {
            numbers.clear();
            texts.clear();
            positions.clear();
            lists = 0;
        }
    }
}
