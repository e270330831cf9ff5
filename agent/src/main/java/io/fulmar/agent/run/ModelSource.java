package io.fulmar.agent.run;

import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.store.Release;
import io.fulmar.model.tflite.ModelFile;
import java.util.List;

/** Where the models of a device come from. Implementations are thread-safe. */
public interface ModelSource {
    /** From the files that the configuration names, and from nowhere else. */
    ModelSource FILES = name -> new Found.InFile();

    /** What is to run under the name of a model. Immutable. */
    sealed interface Found {
        /** A release of the device's store, verified as it was read. */
        record Stored(Release release, VerifiedModel model, List<String> labels) implements Found {
            public Stored {
                labels = List.copyOf(labels);
            }
        }

        /** The file that the configuration names. */
        record InFile() implements Found {}

        /** Nothing may. */
        record Nothing(String reason, String hint) implements Found {}
    }

    Found find(String name);

    /** The digest of the manifest of the release that is active under that name; empty where none is. */
    default String active(String name) {
        return "";
    }

    /** The same model, of which others may have the bytes in memory already. */
    default ModelFile shared(ModelFile file) {
        return file;
    }

    /** Stands for what {@link #find} finds now; when it is another text, something else is to run under that name. */
    default String mark(String name) {
        return active(name);
    }

    /**
     * That release cannot be run here; it is not found again until the agent starts anew.
     *
     * @return whether something else may be found now
     */
    default boolean turnDown(String name, Release release, String reason) {
        return false;
    }
}
