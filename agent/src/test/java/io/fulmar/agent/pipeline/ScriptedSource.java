package io.fulmar.agent.pipeline;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.Frame;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.Source;
import io.fulmar.agent.io.SourceException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A source that gives the frames, failures and notices that a test lays down. Owned by one test. */
final class ScriptedSource implements Source {
    private final Queue<Object> script = new ArrayDeque<>();
    private final Frame frame;
    private final FrameForm form;
    private long number;
    private @Nullable String notice;
    private boolean closed;
    private long waitedNanos;

    ScriptedSource(int size) {
        frame = new Frame(size);
        form = new FrameForm.Values(size);
    }

    ScriptedSource(FrameForm form) {
        frame = new Frame(0);
        this.form = form;
    }

    ScriptedSource frame(Content content) {
        script.add(content);
        return this;
    }

    ScriptedSource frame(float... values) {
        script.add(values);
        return this;
    }

    ScriptedSource fails(String kind, String message) {
        script.add(new SourceException(SourceException.Category.TRANSIENT, kind, message, "mend it"));
        return this;
    }

    ScriptedSource says(String text) {
        notice = text;
        return this;
    }

    boolean closed() {
        return closed;
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public FrameForm form() {
        return form;
    }

    @Override
    public @Nullable Frame poll(long nowNanos) {
        Object next = script.poll();
        if (next == null) {
            return null;
        }
        number++;
        if (next instanceof SourceException failure) {
            throw failure;
        }
        if (next instanceof Content content) {
            return frame.of(number, content);
        }
        float[] values = (float[]) next;
        System.arraycopy(values, 0, frame.values(), 0, values.length);
        return frame.numbered(number);
    }

    @Override
    public long frameNumber() {
        return number;
    }

    /** Each frame had been there since that time before it was read. */
    ScriptedSource waited(long nanos) {
        waitedNanos = nanos;
        return this;
    }

    @Override
    public long frameSinceNanos(long polledNanos) {
        return polledNanos - waitedNanos;
    }

    @Override
    public long nextDueNanos() {
        return 0;
    }

    @Override
    public @Nullable String notice() {
        String once = notice;
        notice = null;
        return once;
    }

    @Override
    public void close() {
        closed = true;
    }
}
