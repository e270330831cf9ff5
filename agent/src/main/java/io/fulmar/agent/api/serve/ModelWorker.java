package io.fulmar.agent.api.serve;

import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.pipeline.LoadedModel;
import io.fulmar.agent.pipeline.PipelineException;
import io.fulmar.agent.run.MemoryRoom;
import io.fulmar.agent.run.ModelLoader;
import io.fulmar.agent.run.Worker;
import io.fulmar.config.ConfigException;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.tflite.ModelException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has one interpreter of a model, and does with it what callers want, one after the other. Opened when it is first asked,
 * exchanged when another release is to run, closed when nobody asks any more. Owned by its thread.
 */
final class ModelWorker implements Worker, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("api");

    private final Desk desk;
    private final Breadcrumbs.Slot crumb;
    private @Nullable Open open;
    private long usedNanos;

    /** @param mark of what was found when it was opened */
    private record Open(ModelSettings settings, String mark, Loaded model) {}

    ModelWorker(Desk desk, Breadcrumbs.Slot crumb) {
        this.desk = desk;
        this.crumb = crumb;
    }

    @Override
    public int work(long nowNanos) {
        Job<?> job = desk.next();
        if (job == null) {
            if (open != null && nowNanos - usedNanos > Limits.INTERPRETER_IDLE.toNanos()) {
                release();
            }
            return 0;
        }
        if (job.begin()) {
            usedNanos = nowNanos;
            run(job);
        }
        return 1;
    }

    @Override
    public long idleNanos(long nowNanos) {
        return Limits.SLEEP.toNanos();
    }

    private void run(Job<?> job) {
        try {
            job.run(loaded(), desk::done);
        } catch (ServeException e) {
            desk.failed();
            job.fail(e);
        } catch (ModelException e) {
            fail(job, ServeException.Kind.FAILED, String.valueOf(e.getMessage()));
        } catch (RuntimeException bug) {
            LOG.error("model {}", desk.name(), bug);
            fail(job, ServeException.Kind.FAILED, "this is a fault of the agent; see its log");
        }
    }

    private void fail(Job<?> job, ServeException.Kind kind, String message) {
        ServeException why = new ServeException(kind, message);
        desk.failed();
        job.fail(why);
    }

    private Loaded loaded() throws ServeException {
        ModelSettings settings = desk.settings();
        String mark = desk.source().mark(settings.name());
        if (open != null && open.settings().equals(settings) && open.mark().equals(mark)) {
            return open.model();
        }
        release();
        if (!MemoryRoom.ofHost().has(List.of(settings))) {
            throw new ServeException(
                    ServeException.Kind.UNAVAILABLE, "there is no memory for another copy of model " + settings.name());
        }
        try {
            LoadedModel model = new ModelLoader(desk.source()).load(settings);
            Loaded loaded = new Loaded(model, crumb, desk.latencies());
            open = new Open(settings, desk.source().mark(settings.name()), loaded);
            desk.loadedOne();
            return loaded;
        } catch (PipelineException | ModelException | ConfigException e) {
            throw new ServeException(ServeException.Kind.UNAVAILABLE, String.valueOf(e.getMessage()));
        }
    }

    private void release() {
        if (open != null) {
            open.model().close();
            open = null;
            desk.released();
        }
    }

    /** Frees the interpreter and its place; what still waits gets no answer. */
    @Override
    public void close() {
        release();
        crumb.close();
    }
}
