package io.fulmar.agent.command.handlers;

import io.fulmar.agent.command.ArgumentException;
import io.fulmar.agent.command.Arguments;
import io.fulmar.agent.command.CommandHandler;
import io.fulmar.agent.command.CommandOutcome;
import io.fulmar.agent.feedback.SampleFile;
import io.fulmar.agent.feedback.Samples;
import io.fulmar.agent.pipeline.SampleRule;
import io.fulmar.model.disk.DiskFiles;
import io.fulmar.sync.wire.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** {@code samples.list}, {@code samples.send} and {@code samples.remove}: what the device has kept of its inputs. Owned by the command thread. */
public final class SamplesHandler implements CommandHandler {
    private static final List<String> RULES =
            Arrays.stream(SampleRule.values()).map(SampleRule::text).toList();

    private final Samples samples;
    private final Doing doing;

    /** What is done with those that are chosen. */
    public enum Doing {
        LIST,
        SEND,
        REMOVE
    }

    public SamplesHandler(Samples samples, Doing doing) {
        this.samples = samples;
        this.doing = doing;
    }

    @Override
    public Effect prepare(Arguments args) {
        Predicate<SampleFile> which = which(args);
        int most = doing == Doing.LIST ? Limits.SAMPLES_LISTED : Integer.MAX_VALUE;
        int newest = args.wholeNumber(
                "newest", 1, most, doing == Doing.LIST ? Limits.SAMPLES_LISTED_USUAL : Integer.MAX_VALUE);
        long bytes = doing == Doing.SEND ? bytes(args) : Long.MAX_VALUE;
        boolean all = doing != Doing.LIST && args.flag("all", false);
        boolean some = args.value("ids") != null
                || args.value("rule") != null
                || args.value("pipeline") != null
                || args.value("newest") != null
                || bytes != Long.MAX_VALUE;
        if (doing != Doing.LIST && some == all) {
            throw new ArgumentException("say which: 'ids', 'rule', 'pipeline', 'newest', or 'all': true");
        }
        return () -> carryOut(which, newest, bytes);
    }

    private static long bytes(Arguments args) {
        int bytes = args.wholeNumber("bytes", 1, Integer.MAX_VALUE, 0);
        return bytes == 0 ? Long.MAX_VALUE : bytes;
    }

    private static Predicate<SampleFile> which(Arguments args) {
        List<?> named = args.listOrNull("ids");
        Set<String> ids = new HashSet<>();
        for (Object id : named == null ? List.of() : named) {
            if (!(id instanceof String text)) {
                throw new ArgumentException("'ids' is a list of texts");
            }
            ids.add(text);
        }
        if (ids.size() > Limits.SAMPLES_NAMED) {
            throw new ArgumentException("'ids' has at most " + Limits.SAMPLES_NAMED + " entries");
        }
        String rule = args.value("rule") == null ? null : args.oneOf("rule", RULES);
        String pipeline = args.textOrNull("pipeline");
        return file -> (named == null || ids.contains(file.id()))
                && (rule == null || file.rule().text().equals(rule))
                && (pipeline == null || file.pipeline().equals(pipeline));
    }

    private CommandOutcome carryOut(Predicate<SampleFile> which, int newest, long bytes) {
        if (!samples.known()) {
            return new CommandOutcome.Failed("the folder of samples has not been looked through yet; try again");
        }
        List<SampleFile> chosen = new ArrayList<>();
        long sum = 0;
        for (SampleFile file : samples.chosen(which)) {
            sum += file.bytes();
            if (chosen.size() == newest || sum > bytes) {
                break;
            }
            chosen.add(file);
        }
        try {
            return switch (doing) {
                case LIST -> CommandOutcome.done(listed(chosen));
                case SEND -> CommandOutcome.done(sent(samples.send(chosen)));
                case REMOVE -> CommandOutcome.done(Map.of("removed", samples.remove(chosen)));
            };
        } catch (IOException e) {
            return new CommandOutcome.Failed("the samples cannot be changed: " + DiskFiles.said(e));
        }
    }

    private static Map<String, Object> sent(List<SampleFile> asked) {
        return Map.of(
                "sending",
                asked.size(),
                "bytes",
                asked.stream().mapToLong(SampleFile::bytes).sum());
    }

    private Map<String, Object> listed(List<SampleFile> chosen) {
        Samples.View view = samples.view();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("count", view.count());
        told.put("bytes", view.bytes());
        told.put("budget", view.budget());
        told.put("sending", view.wanted());
        Map<String, Object> byRule = new LinkedHashMap<>();
        view.byRule().forEach((rule, count) -> byRule.put(rule.text(), count));
        told.put("rules", byRule);
        told.put(
                "samples",
                chosen.stream().map(file -> told(file, samples.said(file))).toList());
        return told;
    }

    private static Map<String, Object> told(SampleFile file, @Nullable Sample said) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("id", file.id());
        told.put("rule", file.rule().text());
        told.put("pipeline", file.pipeline());
        told.put("bytes", file.bytes());
        if (file.wanted()) {
            told.put("sending", true);
        }
        if (said != null) {
            told.put("at", said.taken().wallMillis() + said.taken().offsetMillis());
            told.put("version", said.model().version());
            told.put("format", said.format());
            if (said.label() != null) {
                told.put("label", said.label());
            }
            if (said.labelIndex() >= 0 && Float.isFinite(said.score())) {
                told.put("score", (double) said.score());
            }
        }
        return told;
    }
}
