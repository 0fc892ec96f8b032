import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** The second store: an independent in-memory implementation of the MongoDB protocol. Arguments: the port, and the address if not loopback. */
public class MemoryStore {
    /** The library's newest version reports wire version 8, which current drivers refuse. */
    record Version(List<Integer> getVersionArray, int getWireVersion) implements MongoVersion {}

    public static void main(String[] arguments) {
        var server = new MongoServer(new MemoryBackend().version(new Version(List.of(5, 0, 0), 13)));
        server.bind(arguments.length > 1 ? arguments[1] : "127.0.0.1", Integer.parseInt(arguments[0]));
    }
}
