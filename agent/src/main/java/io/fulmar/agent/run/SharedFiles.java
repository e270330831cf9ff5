package io.fulmar.agent.run;

import io.fulmar.model.tflite.ModelFile;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bytes of the models in use, each in memory once, however many interpreters run them. Thread-safe. */
final class SharedFiles {
    private final Map<String, WeakReference<ModelFile>> byDigest = new HashMap<>();

    /** The one with the same bytes that came first, as long as anybody uses it. */
    synchronized ModelFile of(ModelFile file) {
        byDigest.values().removeIf(it -> it.get() == null);
        WeakReference<ModelFile> known = byDigest.get(file.sha256());
        @Nullable ModelFile first = known == null ? null : known.get();
        if (first != null) {
            return first;
        }
        byDigest.put(file.sha256(), new WeakReference<>(file));
        return file;
    }
}
