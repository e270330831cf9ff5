package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.Fault;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.sync.wire.JsonText;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code diagnostics}: what someone who is not there needs to find out what is wrong, without any secret. Owned by the
 * command thread.
 */
public final class Diagnostics implements CommandHandler {
    private final Supplier<byte[]> status;
    private final Counters counters;
    private final FaultLog faults;
    private final Supplier<List<Pipelines.View>> pipelines;
    private final Supplier<String> config;

    /**
     * @param status the status document
     * @param config the configuration that runs, without secrets
     */
    public Diagnostics(
            Supplier<byte[]> status,
            Counters counters,
            FaultLog faults,
            Supplier<List<Pipelines.View>> pipelines,
            Supplier<String> config) {
        this.status = status;
        this.counters = counters;
        this.faults = faults;
        this.pipelines = pipelines;
        this.config = config;
    }

    @Override
    public Effect prepare(Arguments args) {
        return () -> {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            all.put("status", JsonText.read(new String(status.get(), StandardCharsets.UTF_8)));
            all.put("counters", counted());
            all.put("pipelines", pipelinesTold());
            all.put("faults", faultsTold());
            all.put("java", java());
            all.put("system", system());
            all.put("config", shortened(config.get()));
            return CommandOutcome.done(all);
        };
    }

    private Map<String, Object> counted() {
        Map<String, Object> told = new LinkedHashMap<>();
        for (Counter counter : Counter.values()) {
            long value = counters.get(counter);
            if (value > 0) {
                told.put(counter.name().toLowerCase(Locale.ROOT), value);
            }
        }
        return told;
    }

    private Map<String, Object> pipelinesTold() {
        Map<String, Object> told = new LinkedHashMap<>();
        for (Pipelines.View pipeline : pipelines.get()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("predictions", pipeline.predictions());
            entry.put("failures", pipeline.failures());
            entry.put("source_failures", pipeline.sourceFailures());
            entry.put("source_dropped", pipeline.source().dropped());
            entry.put("source_refused", pipeline.source().refused());
            entry.put("source_restarts", pipeline.source().restarts());
            told.put(pipeline.name(), entry);
        }
        return told;
    }

    private List<Object> faultsTold() {
        List<Object> told = new ArrayList<>();
        for (Fault fault : faults.latest().stream().limit(Limits.FAULTS).toList()) {
            Map<String, @Nullable Object> entry = new LinkedHashMap<>();
            entry.put("where", fault.where());
            entry.put("message", fault.message());
            entry.put("hint", fault.hint());
            entry.put("count", fault.count());
            entry.put("first", fault.firstWallMillis());
            entry.put("last", fault.lastWallMillis());
            told.add(entry);
        }
        return told;
    }

    private static Map<String, Object> java() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("version", System.getProperty("java.runtime.version", ""));
        told.put("vm", System.getProperty("java.vm.name", ""));
        told.put("uptimeMs", ManagementFactory.getRuntimeMXBean().getUptime());
        told.put("heap", used(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage()));
        told.put("nonHeap", used(ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage()));
        var threads = ManagementFactory.getThreadMXBean();
        told.put("threadCount", threads.getThreadCount());
        List<Object> names = new ArrayList<>();
        for (var thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && names.size() < Limits.THREADS) {
                names.add(thread.getThreadName() + " "
                        + thread.getThreadState().name().toLowerCase(Locale.ROOT));
            }
        }
        told.put("threads", names);
        return told;
    }

    private static Map<String, Object> used(MemoryUsage usage) {
        return Map.of("usedBytes", usage.getUsed(), "committedBytes", usage.getCommitted());
    }

    private static Map<String, Object> system() {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("os", System.getProperty("os.name", ""));
        told.put("kernel", System.getProperty("os.version", ""));
        told.put("machine", System.getProperty("os.arch", ""));
        told.put("processors", Runtime.getRuntime().availableProcessors());
        told.put("load", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        return told;
    }

    private static String shortened(String text) {
        return text.length() <= Limits.CONFIG_CHARS ? text : text.substring(0, Limits.CONFIG_CHARS) + "…";
    }
}
