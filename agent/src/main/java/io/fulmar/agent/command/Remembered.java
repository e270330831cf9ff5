package io.fulmar.agent.command;

import io.fulmar.sync.wire.CommandAnswer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The last answers to reading commands, for those who ask again. Owned by the command thread. */
final class Remembered {
    private final Map<String, Told> told = new LinkedHashMap<>();
    private long bytes;

    /** What was answered to a command that said this. Immutable. */
    record Told(String digest, CommandAnswer answer) {
        private int size() {
            return answer.result() == null ? 0 : answer.result().length();
        }
    }

    @Nullable
    Told find(String id) {
        return told.get(id);
    }

    void keep(String id, String digest, CommandAnswer answer) {
        Told now = new Told(digest, answer);
        Told before = told.put(id, now);
        bytes += now.size() - (before == null ? 0 : before.size());
        Iterator<Told> oldest = told.values().iterator();
        while (told.size() > Limits.REMEMBERED || bytes > Limits.REMEMBERED_BYTES) {
            bytes -= oldest.next().size();
            oldest.remove();
        }
    }
}
