package io.fulmar.agent.api.serve;

import io.fulmar.agent.pipeline.Breadcrumbs;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.ModelSource;
import io.fulmar.agent.run.Runner;
import io.fulmar.config.ApiSettings;
import io.fulmar.config.ModelSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that callers may ask, each with a queue and interpreters of its own, which are made when it is first asked: no
 * pipeline waits for a caller, nor a caller for a pipeline. Thread-safe.
 */
public final class ServedModels implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("api");

    private final Supplier<List<ModelSettings>> models;
    private final ModelSource source;
    private final Breadcrumbs breadcrumbs;
    private final Runner runner;
    private final ApiSettings settings;
    private final ReentrantLock changing = new ReentrantLock();
    private final Map<String, Served> served = new TreeMap<>();
    private boolean closed;

    /** A model that somebody wanted to know of, with the threads that run it, none as long as nobody asked it. */
    private record Served(Desk desk, List<Crew> crew) {}

    private record Crew(ModelWorker worker, Runner.Running running) {}

    /** @param models of the configuration that runs */
    public ServedModels(
            Supplier<List<ModelSettings>> models,
            ModelSource source,
            Breadcrumbs breadcrumbs,
            Runner runner,
            ApiSettings settings) {
        this.models = models;
        this.source = source;
        this.breadcrumbs = breadcrumbs;
        this.runner = runner;
        this.settings = settings;
    }

    /** The names of all models that may be asked. */
    public List<String> names() {
        return models.get().stream().map(ModelSettings::name).toList();
    }

    /** Where to ask that model. */
    public Desk desk(String name) throws ServeException {
        changing.lock();
        try {
            if (closed) {
                throw new ServeException(ServeException.Kind.UNAVAILABLE, "the agent is about to end");
            }
            ModelSettings model = model(name).orElseThrow(() -> unknown(name));
            return served.computeIfAbsent(name, absent -> serve(model)).desk();
        } finally {
            changing.unlock();
        }
    }

    /** What would run of that model now; it is not made ready for that. */
    public ModelFacts facts(String name) throws ServeException {
        return desk(name).facts();
    }

    private Optional<ModelSettings> model(String name) {
        return models.get().stream().filter(it -> it.name().equals(name)).findFirst();
    }

    private ServeException unknown(String name) {
        return new ServeException(
                ServeException.Kind.UNKNOWN,
                "there is no model '" + name + "' here, only " + String.join(", ", names()));
    }

    private Served serve(ModelSettings model) {
        List<Doorbell> bells = new CopyOnWriteArrayList<>();
        List<Crew> crew = new ArrayList<>();
        Desk desk = new Desk(model.name(), () -> model(model.name()).orElse(model), source, settings, asked -> {
            if (bells.isEmpty()) {
                start(asked, bells, crew);
            }
            bells.forEach(Doorbell::ring);
        });
        return new Served(desk, crew);
    }

    private void start(Desk desk, List<Doorbell> bells, List<Crew> crew) {
        changing.lock();
        try {
            if (closed || served.get(desk.name()) == null || !crew.isEmpty()) {
                return;
            }
            for (int i = 0; i < settings.interpreters(); i++) {
                Doorbell bell = new Doorbell();
                ModelWorker worker = new ModelWorker(desk, breadcrumbs.slot("api " + desk.name()));
                crew.add(new Crew(worker, runner.start("api-" + desk.name(), worker, bell)));
                bells.add(bell);
            }
        } finally {
            changing.unlock();
        }
    }

    /** How those that were asked have been so far. */
    public List<Desk.View> view() {
        changing.lock();
        try {
            return served.values().stream().map(it -> it.desk().view()).toList();
        } finally {
            changing.unlock();
        }
    }

    /** Ends those that the configuration has no more. */
    public void look() {
        changing.lock();
        try {
            List<String> names = names();
            served.entrySet().removeIf(it -> {
                boolean gone = !names.contains(it.getKey());
                if (gone) {
                    end(it.getValue());
                }
                return gone;
            });
        } finally {
            changing.unlock();
        }
    }

    private static void end(Served model) {
        for (Crew one : model.crew()) {
            if (one.running().stop(Limits.STOP)) {
                one.worker().close();
            } else {
                LOG.error(
                        "model {} does not come back and is left behind",
                        model.desk().name());
            }
        }
        model.desk().close();
    }

    @Override
    public void close() {
        changing.lock();
        try {
            closed = true;
            served.values().forEach(ServedModels::end);
            served.clear();
        } finally {
            changing.unlock();
        }
    }
}
