package io.fulmar.sync.powercut;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a process under strace and reads what it did below one directory, and when it printed which line. Fails on every
 * system call that it does not understand, so that nothing is left out unseen. Owned by the test's thread.
 */
public final class Trace {
    private static final String CALLS =
            "trace=?open,openat,?openat2,?creat,write,writev,pwrite64,pwritev,pwritev2,fsync,"
                    + "fdatasync,sync_file_range,ftruncate,truncate,?rename,renameat,renameat2,?unlink,unlinkat,?rmdir,?link,linkat,"
                    + "?symlink,symlinkat,fallocate,?mkdir,mkdirat,lseek,mmap,msync,dup,?dup2,dup3,sendfile,copy_file_range";
    private static final long TIMEOUT_SECONDS = 120;

    private final Path root;
    private final String hexRoot;
    private final String hexPrinted;
    private final List<Step> steps = new ArrayList<>();
    private final Map<Integer, Long> positions = new HashMap<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    private Trace(Path root, Path printed) {
        this.root = root;
        this.hexRoot = hex(root.toString());
        this.hexPrinted = hex(printed.toString());
    }

    /** Whether processes can be traced here. */
    public static boolean isPossible() {
        try {
            Process strace = new ProcessBuilder("strace", "-ff", "--seccomp-bpf", "-y", "-o", "/dev/null", "true")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return strace.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) && strace.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs the command to its end and says, in order, what it did below the root and what it printed. */
    public static List<Step> of(Path root, Path scratch, List<String> command)
            throws IOException, InterruptedException {
        Files.createDirectories(scratch);
        Path printed = scratch.resolve("printed");
        List<String> traced = new ArrayList<>(List.of(
                "strace", "-ff", "--seccomp-bpf", "-y", "-xx", "-s", "1000000", "-e", CALLS, "-e", "signal=none"));
        traced.addAll(List.of("-o", scratch.resolve("trace").toString()));
        traced.addAll(command);
        Process process = new ProcessBuilder(traced)
                .redirectOutput(printed.toFile())
                .redirectError(scratch.resolve("errors").toFile())
                .start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("the traced process does not end");
        }
        Trace trace = new Trace(root, printed);
        List<Path> files;
        try (java.util.stream.Stream<Path> found = Files.list(scratch)) {
            files = found.filter(file -> file.getFileName().toString().startsWith("trace."))
                    .toList();
        }
        for (Path file : files) {
            trace.readThread(file);
            Files.delete(file);
        }
        if (trace.steps.isEmpty()) {
            throw new AssertionError("the traced process did nothing: " + Files.readString(scratch.resolve("errors")));
        }
        return trace.steps;
    }

    private void readThread(Path file) throws IOException {
        int before = steps.size();
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
            for (String call = reader.readLine(); call != null; call = reader.readLine()) {
                if (call.contains(hexRoot) || call.contains(hexPrinted)) {
                    read(call);
                }
            }
        }
        if (before > 0 && steps.size() > before) {
            throw new AssertionError("two threads touch the directory; their order is not known");
        }
    }

    private void read(String call) {
        int open = call.indexOf('(');
        int end = call.lastIndexOf(") = ");
        if (open < 0 || end < 0) {
            throw new AssertionError("not understood: " + shortened(call));
        }
        String result = call.substring(end + 4);
        if (result.startsWith("-1 ")) {
            return;
        }
        String name = call.substring(0, open);
        String[] arguments = call.substring(open + 1, end).split(", ");
        if (name.equals("write") && arguments[0].contains(hexPrinted)) {
            print(written(arguments[1], result));
            return;
        }
        // the process may also write about the directory elsewhere, and hand its output on to another that it starts
        if (!(name.equals("write") ? arguments[0] : call).contains(hexRoot)) {
            return;
        }
        if (call.contains("(deleted)")) {
            throw new AssertionError("a file without a name is used: " + shortened(call));
        }
        Step step = step(name, arguments, result, call);
        if (step != null) {
            steps.add(step);
        }
    }

    private @Nullable Step step(String name, String[] arguments, String result, String call) {
        return switch (name) {
            case "openat" -> opened(arguments, result, call);
            case "write" -> wrote(arguments, result);
            case "pwrite64" ->
                new Step.Wrote(path(arguments[0]), Long.parseLong(arguments[3]), written(arguments[1], result));
            case "ftruncate" -> new Step.Resized(path(arguments[0]), Long.parseLong(arguments[1]));
            case "fsync", "fdatasync" -> new Step.Flushed(path(arguments[0]));
            case "mkdir" -> new Step.MadeDirectory(relative(text(arguments[0])));
            case "rename" -> new Step.Renamed(relative(text(arguments[0])), relative(text(arguments[1])));
            case "unlink" -> new Step.Unlinked(relative(text(arguments[0])));
            case "lseek" -> {
                positions.put(descriptor(arguments[0]), Long.parseLong(result));
                yield null;
            }
            case "dup" -> {
                positions.remove(descriptor(result));
                yield null;
            }
            case "mmap" -> {
                if (call.contains("MAP_SHARED") && call.contains("PROT_WRITE")) {
                    throw new AssertionError("a file is written through memory: " + shortened(call));
                }
                yield null;
            }
            default -> throw new AssertionError("not understood: " + shortened(call));
        };
    }

    private @Nullable Step opened(String[] arguments, String result, String call) {
        if (arguments[2].contains("O_APPEND")) {
            throw new AssertionError("not understood: " + shortened(call));
        }
        positions.put(descriptor(result), 0L);
        boolean emptied = arguments[2].contains("O_TRUNC");
        boolean made = arguments[2].contains("O_CREAT");
        return emptied || made ? new Step.Opened(relative(text(arguments[1])), emptied) : null;
    }

    private Step wrote(String[] arguments, String result) {
        int descriptor = descriptor(arguments[0]);
        byte[] bytes = written(arguments[1], result);
        Long offset = positions.get(descriptor);
        if (offset == null) {
            throw new AssertionError("it is not known where it writes: " + shortened(arguments[0]));
        }
        positions.put(descriptor, offset + bytes.length);
        return new Step.Wrote(path(arguments[0]), offset, bytes);
    }

    private static byte[] written(String argument, String result) {
        return Arrays.copyOf(string(argument), Integer.parseInt(result));
    }

    private void print(byte[] bytes) {
        for (byte b : bytes) {
            if (b == '\n') {
                steps.add(new Step.Printed(line.toString(StandardCharsets.UTF_8)));
                line.reset();
            } else {
                line.write(b);
            }
        }
    }

    private String relative(String path) {
        if (!path.startsWith(root + "/")) {
            throw new AssertionError("not below " + root + ": " + path);
        }
        return path.substring(root.toString().length() + 1);
    }

    /** The path that strace shows beside a descriptor; empty for the root itself. */
    private String path(String descriptor) {
        String path = new String(
                bytes(descriptor.substring(descriptor.indexOf('<') + 1, descriptor.length() - 1)),
                StandardCharsets.UTF_8);
        return path.equals(root.toString()) ? "" : relative(path);
    }

    private static int descriptor(String argument) {
        return Integer.parseInt(argument.substring(0, argument.indexOf('<')));
    }

    private static String text(String argument) {
        return new String(string(argument), StandardCharsets.UTF_8);
    }

    private static byte[] string(String argument) {
        if (!argument.startsWith("\"") || !argument.endsWith("\"")) {
            throw new AssertionError("not all of it was traced: " + shortened(argument));
        }
        return bytes(argument.substring(1, argument.length() - 1));
    }

    /** The bytes of {@code \x61\x62...}. */
    private static byte[] bytes(String escaped) {
        byte[] bytes = new byte[escaped.length() / 4];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) HexFormat.fromHexDigits(escaped, 4 * i + 2, 4 * i + 4);
        }
        return bytes;
    }

    private static String hex(String text) {
        return HexFormat.of().withPrefix("\\x").formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String shortened(String call) {
        return call.length() < 600 ? call : call.substring(0, 300) + " ... " + call.substring(call.length() - 300);
    }
}
