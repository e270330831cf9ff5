package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.pipeline.Recorder;
import io.fulmar.agent.pipeline.Stamper;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.Doorbell;
import io.fulmar.agent.run.Pipelines;
import io.fulmar.sync.wire.DeviceEvent;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * {@code capture}: keeps the next inputs of a pipeline's model in a file on the device, with what the model made of them
 * beside. The pipeline copies each input into a bounded queue and goes on; this thread writes them. One capture a pipeline
 * at a time. Owned by the command thread.
 */
public final class CaptureHandler implements CommandHandler {
    private static final List<String> FORMATS = List.of("npy", "csv");

    private final CaptureFolder folder;
    private final Pipelines pipelines;
    private final Recorder recorder;
    private final Stamper stamper;
    private final Doorbell doorbell;
    private final LongSupplier nanoClock;
    private final Map<String, Capture> running = new LinkedHashMap<>();

    private record Request(String pipeline, int count, String format, int seconds) {}

    /**
     * Captures into that folder.
     *
     * @param doorbell of the command thread
     */
    public CaptureHandler(
            Path dir,
            Pipelines pipelines,
            Recorder recorder,
            Stamper stamper,
            Doorbell doorbell,
            LongSupplier nanoClock) {
        this.folder = new CaptureFolder(dir);
        this.pipelines = pipelines;
        this.recorder = recorder;
        this.stamper = stamper;
        this.doorbell = doorbell;
        this.nanoClock = nanoClock;
    }

    @Override
    public Effect prepare(Arguments args) {
        Request request = new Request(
                args.oneOf("pipeline", pipelines.names()),
                args.wholeNumber("count", 1, Limits.CAPTURED, Limits.CAPTURED_USUAL),
                args.textOrNull("format") == null ? FORMATS.getFirst() : args.oneOf("format", FORMATS),
                args.wholeNumber("seconds", 1, Limits.CAPTURE_SECONDS, Limits.CAPTURE_SECONDS_USUAL));
        return () -> begin(request);
    }

    private CommandOutcome begin(Request request) {
        String pipeline = request.pipeline();
        if (running.containsKey(pipeline)) {
            return new CommandOutcome.Refused(
                    "a capture of the pipeline " + pipeline + " is running; it ends by itself");
        }
        return switch (pipelines.ask(pipeline, it -> it.inputShape(), Limits.PIPELINE_PATIENCE)) {
            case Asked.Done<int[]> shape -> begin(request, shape.value());
            case Asked.NotBegun<int[]> _ -> tooBusy();
            case Asked.NotEnded<int[]> _ -> tooBusy();
        };
    }

    private CommandOutcome begin(Request request, int[] shape) {
        Capture capture;
        try {
            capture = folder.open(request.pipeline(), shape, request.count(), request.format());
        } catch (CaptureFolder.NoRoom e) {
            return new CommandOutcome.Refused(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return new CommandOutcome.Failed("the capture cannot be written: " + e);
        }
        capture.until(
                nanoClock.getAsLong() + Duration.ofSeconds(request.seconds()).toNanos(), doorbell);
        Asked<Boolean> asked = pipelines.ask(
                request.pipeline(),
                it -> {
                    it.watchedBy(capture);
                    return true;
                },
                Limits.PIPELINE_PATIENCE);
        running.put(request.pipeline(), capture);
        if (!(asked instanceof Asked.Done<Boolean>)) {
            capture.ended();
            return tooBusy();
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("pipeline", request.pipeline());
        told.put("count", request.count());
        told.put("shape", java.util.Arrays.stream(shape).boxed().toList());
        told.put("inputs", capture.inputs().toString());
        told.put("predictions", capture.predictions().toString());
        return CommandOutcome.done(told);
    }

    private static CommandOutcome tooBusy() {
        return new CommandOutcome.Failed("the pipeline had no time for it; nothing is captured");
    }

    @Override
    public int work(long nowNanos) {
        int done = 0;
        for (Iterator<Map.Entry<String, Capture>> all = running.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, Capture> next = all.next();
            done += next.getValue().write();
            if (next.getValue().isOver(nowNanos)) {
                all.remove();
                end(next.getKey(), next.getValue());
                done++;
            }
        }
        return done;
    }

    private void end(String pipeline, Capture capture) {
        capture.close();
        pipelines.ask(
                pipeline,
                it -> {
                    it.watchedBy(null);
                    return true;
                },
                Limits.PIPELINE_PATIENCE);
        recorder.record(
                Stream.EVENT, new DeviceEvent(stamper.now(), "capture.ended", pipeline + ": " + capture.summary()));
    }

    @Override
    public void close() {
        new ArrayList<>(running.values()).forEach(Capture::close);
        running.clear();
    }
}
