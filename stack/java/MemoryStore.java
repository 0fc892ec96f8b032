import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** The second store: an independent implementation of the MongoDB protocol, kept in memory. Argument: the port. */
public class MemoryStore {
    /** The library's own newest version says wire version 8, which today's drivers refuse. */
    record Version(List<Integer> getVersionArray, int getWireVersion) implements MongoVersion {}

    public static void main(String[] arguments) {
        var server = new MongoServer(new MemoryBackend().version(new Version(List.of(5, 0, 0), 13)));
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    }
}
