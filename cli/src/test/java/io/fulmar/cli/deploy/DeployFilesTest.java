package io.fulmar.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.fulmar.cli.AgentMain;
import io.fulmar.cli.FulmarCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files in {@code deploy/} fit each other, and what they tell the program the program understands. */
class DeployFilesTest {
    private static final Path ROOT = Path.of(System.getProperty("fulmar.root", ".."));
    private static final Path DEPLOY = ROOT.resolve("deploy");
    private static final Pattern PINNED = Pattern.compile("[a-z0-9./-]+:v?[0-9]+\\.[0-9][A-Za-z0-9._-]*");
    private static final Pattern COMPOSE_VARIABLE = Pattern.compile("\\$\\{([A-Z_]+)[^}]*}");
    private static final Pattern KUBERNETES_VARIABLE = Pattern.compile("\\$\\(([A-Z_]+)\\)");

    private final Yaml compose =
            Yaml.read(DEPLOY.resolve("compose/compose.yaml")).getFirst();

    @Test
    void everyImageHasAVersion() throws IOException {
        List<String> images = new ArrayList<>();
        compose.at("services")
                .members()
                .values()
                .forEach(service -> images.add(service.at("image").text()));
        for (Yaml container : containers()) {
            images.add(container.at("image").text());
        }
        for (String file : List.of("Dockerfile", "Dockerfile.agent")) {
            dockerfile(file).stream()
                    .filter(line -> line.startsWith("FROM "))
                    .forEach(line ->
                            images.add(line.replaceFirst("FROM (--\\S+ )?", "").split(" ", -1)[0]));
        }
        assertThat(images)
                .hasSizeGreaterThan(9)
                .allSatisfy(image -> assertThat(image).matches(PINNED));
    }

    @Test
    void whatComposeStartsTheProgramUnderstands() {
        Set<String> secrets = compose.at("secrets").members().keySet();
        int started = 0;
        for (Map.Entry<String, Yaml> entry : compose.at("services").members().entrySet()) {
            Yaml service = entry.getValue();
            assertThat(compose.at("services").members().keySet())
                    .containsAll(service.at("depends_on").members().keySet());
            assertThat(secrets).containsAll(service.at("secrets").texts());
            for (String volume : service.at("volumes").texts()) {
                String source = volume.split(":", -1)[0];
                if (source.startsWith("./")) {
                    assertThat(DEPLOY.resolve("compose").resolve(source)).exists();
                } else {
                    assertThat(compose.at("volumes").members()).containsKey(source);
                }
            }
            if (service.at("image").text().startsWith("fulmar-fleet:")) {
                List<String> words = service.at("command").texts().stream()
                        .map(word -> COMPOSE_VARIABLE.matcher(word).replaceAll("fleet.example.com"))
                        .toList();
                requireUnderstood(words);
                requireFiles(words, "/run/secrets/", secrets);
                assertThat(service.at("user").text()).as(entry.getKey()).isEqualTo("10001:10001");
                assertThat(service.at("read_only").text()).isEqualTo("true");
                started++;
            }
        }
        assertThat(started).as("the set-up and two services").isEqualTo(3);
        assertThat(compose.at("services", "fleet-1", "command").texts())
                .as("the broker's name in its certificate")
                .contains("--broker=mqtts://mosquitto:8883");
        assertThat(compose.at("services", "setup", "command").texts()).contains("--host=mosquitto");
    }

    @Test
    void whatKubernetesStartsTheProgramUnderstandsAndFindsWhatItNeeds() {
        Map<String, Yaml> config = kind("config.yaml", "ConfigMap").at("data").members();
        Set<String> secret =
                kind("secret.example.yaml", "Secret").at("stringData").members().keySet();
        Yaml fleet = pod().at("containers").items().getFirst();
        List<String> words = new ArrayList<>();
        for (String word : fleet.at("args").texts()) {
            Matcher variable = KUBERNETES_VARIABLE.matcher(word);
            words.add(variable.replaceAll(found -> {
                assertThat(config).containsKey(found.group(1));
                return Matcher.quoteReplacement(String.valueOf(config.get(found.group(1))));
            }));
        }
        requireUnderstood(words);
        requireFiles(words, "/run/fulmar/", secret);
        assertThat(String.valueOf(config.get("DATABASE_URL"))).contains("sslrootcert=/run/fulmar/database-ca");

        Set<String> volumes = new TreeSet<>();
        pod().at("volumes")
                .items()
                .forEach(volume -> volumes.add(volume.at("name").text()));
        for (Yaml container : containers()) {
            for (Yaml mount : container.at("volumeMounts").items()) {
                assertThat(volumes).contains(mount.at("name").text());
            }
            assertThat(container.at("securityContext", "readOnlyRootFilesystem").text())
                    .isEqualTo("true");
            assertThat(container.at("resources", "limits", "memory").exists()).isTrue();
        }
        assertThat(pod().at("securityContext", "runAsNonRoot").text()).isEqualTo("true");
        List<String> written = List.of("/var/lib/fulmar", "/var/lib/fulmar-node");
        assertThat(fleet.at("volumeMounts").items().stream()
                        .map(mount -> mount.at("mountPath").text()))
                .containsAll(written);
    }

    @Test
    void probesAndServicesLeadToPortsAndAddressesThatAreThere() {
        Yaml fleet = pod().at("containers").items().getFirst();
        Map<String, Yaml> paths = Yaml.read(ROOT.resolve("docs/openapi.yaml"))
                .getFirst()
                .at("paths")
                .members();
        Set<String> ports = new TreeSet<>();
        fleet.at("ports").items().forEach(port -> {
            ports.add(port.at("name").text());
            assertThat(fleet.at("args").texts().stream()
                            .anyMatch(word -> word.endsWith(
                                    "-port=" + port.at("containerPort").text())))
                    .isTrue();
        });
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertThat(paths).containsKey(fleet.at(probe, "httpGet", "path").text());
            assertThat(ports).contains(fleet.at(probe, "httpGet", "port").text());
        }
        assertThat(fleet.at("readinessProbe", "httpGet", "path").text()).isEqualTo("/readyz");

        Yaml labels = deployment().at("spec", "template", "metadata", "labels");
        assertThat(deployment().at("spec", "selector", "matchLabels")).isEqualTo(labels);
        for (Yaml service : Yaml.read(DEPLOY.resolve("kubernetes/service.yaml"))) {
            assertThat(service.at("spec", "selector")).isEqualTo(labels);
            for (Yaml port : service.at("spec", "ports").items()) {
                assertThat(ports).contains(port.at("targetPort").text());
            }
        }
        Yaml budget = kind("fleet.yaml", "PodDisruptionBudget");
        assertThat(budget.at("spec", "selector", "matchLabels")).isEqualTo(labels);
        assertThat(budget.at("spec", "minAvailable").number())
                .isLessThan(deployment().at("spec", "replicas").number());
    }

    @Test
    void kustomizeNamesEveryFileButTheExampleOfTheSecrets() throws IOException {
        Set<String> files = new TreeSet<>();
        try (Stream<Path> all = Files.list(DEPLOY.resolve("kubernetes"))) {
            all.map(file -> file.getFileName().toString()).forEach(files::add);
        }
        files.removeAll(Set.of("kustomization.yaml", "secret.example.yaml"));
        Yaml kustomization =
                Yaml.read(DEPLOY.resolve("kubernetes/kustomization.yaml")).getFirst();
        assertThat(new TreeSet<>(kustomization.at("resources").texts())).isEqualTo(files);
    }

    @Test
    void theImageRunsTheProgramWithoutRightsAndSaysWhetherItIsReady() throws IOException {
        List<String> lines = dockerfile("Dockerfile");
        assertThat(lines.stream().filter(line -> line.startsWith("FROM ")).toList())
                .hasSize(2)
                .first()
                .asString()
                .contains("eclipse-temurin:" + Runtime.version().feature() + ".");
        assertThat(lines).contains("USER 10001:10001");
        assertThat(lines.stream().filter(line -> line.startsWith("HEALTHCHECK ")))
                .hasSize(1);
        String entry = lines.stream()
                .filter(line -> line.startsWith("ENTRYPOINT "))
                .findFirst()
                .orElseThrow();
        String main = entry.replaceFirst(".*\"([^\"]+)\"]$", "$1");
        assertThatCode(() -> Class.forName(main).getMethod("main", String[].class))
                .doesNotThrowAnyException();
        requireUnderstood(words(lines.getLast()));
        for (String line : lines) {
            if (line.startsWith("COPY ") && !line.contains("--from=")) {
                String source = line.replaceFirst("COPY (--\\S+ )*", "").split(" ", -1)[0];
                assertThat(ROOT.resolve(source)).exists();
            }
        }
    }

    @Test
    void theImageOfTheAgentIsMadeOfItsPackageAndRunsNothingOfAnotherProcessor() throws IOException {
        List<String> lines = dockerfile("Dockerfile.agent");
        int last = lines.lastIndexOf("FROM debian:13.2-slim");
        assertThat(lines.subList(last, lines.size()))
                .contains("USER 10001:10001", "VOLUME /var/lib/fulmar", "ENTRYPOINT [\"/usr/bin/fulmar-agent\"]")
                .noneMatch(line -> line.startsWith("RUN "))
                .anyMatch(line -> line.startsWith("HEALTHCHECK ") && line.contains("\"8081\", \"/healthz\""));
        assertThat(Files.readString(ROOT.resolve("docs/agent-openapi.yaml"))).contains("\n  /healthz:");
        assertThatCode(() -> FulmarCommand.deviceCommandLine()
                        .parseArgs(AgentMain.words(words(lines.getLast()).toArray(String[]::new))))
                .doesNotThrowAnyException();
        List<String> taken = Files.readAllLines(DEPLOY.resolve("docker/Dockerfile.agent.dockerignore"));
        assertThat(lines.stream()
                        .filter(line -> line.startsWith("COPY ") && !line.contains("--from="))
                        .map(line -> line.replaceFirst("COPY (--\\S+ )*", "").split(" ", -1)[0])
                        .map(source -> source.replace("_*_$TARGETARCH", "_*")))
                .isNotEmpty()
                .allMatch(source -> taken.contains("!" + source));
    }

    @Test
    void theImageIsReadyWhileTheServiceSaysSo() throws Exception {
        var status = new AtomicInteger(200);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        server.createContext("/readyz", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.start();
        int port = server.getAddress().getPort();
        try {
            assertThat(ready(port)).isZero();
            status.set(503);
            assertThat(ready(port)).isNotZero();
        } finally {
            server.stop(0);
        }
        assertThat(ready(port)).isNotZero();
    }

    private static int ready(int port) throws IOException, InterruptedException {
        return new ProcessBuilder("bash", DEPLOY.resolve("docker/ready.sh").toString(), Integer.toString(port))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /** The real command line knows every word. */
    private static void requireUnderstood(List<String> words) {
        assertThatCode(() -> FulmarCommand.commandLine().parseArgs(words.toArray(String[]::new)))
                .as(String.join(" ", words))
                .doesNotThrowAnyException();
    }

    /** Every file below that folder is one of these. */
    private static void requireFiles(List<String> words, String folder, Set<String> files) {
        for (String word : words) {
            int start = word.indexOf("=" + folder);
            if (start >= 0) {
                assertThat(files).contains(word.substring(start + 1 + folder.length()));
            }
        }
    }

    /** What an instruction in the form of a JSON list says. */
    private static List<String> words(String instruction) {
        return List.of(instruction.replaceAll("^[A-Z]+ |[\\[\\]\" ]", "").split(",", -1));
    }

    /** Its instructions, each in a line. */
    private static List<String> dockerfile(String file) throws IOException {
        String text = Files.readString(DEPLOY.resolve("docker").resolve(file))
                .replaceAll("(?m)^#.*\n", "")
                .replaceAll("\\\\\n\\s*", " ");
        List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
        assertThat(lines)
                .allMatch(line -> line.matches(
                        "(ARG|FROM|RUN|WORKDIR|COPY|ENV|USER|EXPOSE|VOLUME|HEALTHCHECK|ENTRYPOINT|CMD) .+"));
        return lines;
    }

    private static Yaml kind(String file, String kind) {
        return Yaml.read(DEPLOY.resolve("kubernetes").resolve(file)).stream()
                .filter(it -> it.at("kind").text().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private static Yaml deployment() {
        return kind("fleet.yaml", "Deployment");
    }

    private static Yaml pod() {
        return deployment().at("spec", "template", "spec");
    }

    private static List<Yaml> containers() {
        List<Yaml> all = new ArrayList<>(pod().at("containers").items());
        all.addAll(pod().at("initContainers").items());
        return all;
    }

    @Test
    void whatTheUnitsStartTheProgramUnderstands() throws IOException {
        List<String> started = new ArrayList<>();
        for (String unit : List.of("fulmar-agent.service", "fulmar-safe.service", "fulmar-fleet.service")) {
            for (String line : Files.readAllLines(DEPLOY.resolve("systemd").resolve(unit))) {
                if (line.startsWith("ExecStart=")) {
                    String[] words = Stream.of(
                                    line.substring("ExecStart=".length()).split(" ", -1))
                            .filter(word -> !word.startsWith("$"))
                            .toArray(String[]::new);
                    String[] rest = Arrays.copyOfRange(words, 1, words.length);
                    if (words[0].equals("/usr/bin/fulmar")) {
                        requireUnderstood(List.of(rest));
                    } else {
                        assertThat(words[0]).isEqualTo("/usr/bin/fulmar-agent");
                        assertThatCode(() -> FulmarCommand.deviceCommandLine().parseArgs(AgentMain.words(rest)))
                                .doesNotThrowAnyException();
                    }
                    started.add(line);
                } else if (line.startsWith("Exec") && line.contains("systemctl")) {
                    assertThat(DEPLOY.resolve("systemd").resolve(line.substring(line.lastIndexOf(' ') + 1)))
                            .exists();
                    started.add(line);
                }
            }
        }
        assertThat(started).hasSize(5);
    }

    @Test
    void systemdUnderstandsTheUnitsAndFindsThemWellSealed(@TempDir Path folder) throws Exception {
        assumeTrue(has("systemd-analyze"), "systemd is not installed (Debian: apt-get install systemd)");
        for (String unit : List.of("fulmar-agent.service", "fulmar-safe.service", "fulmar-fleet.service")) {
            // only the program is not there
            String text = Files.readString(DEPLOY.resolve("systemd").resolve(unit))
                    .replaceAll("/usr/bin/fulmar(-agent)? ", "/bin/true ");
            Path file = Files.writeString(folder.resolve(unit), text);
            assertThat(run("systemd-analyze", "verify", file.toString())
                            .lines()
                            // known from systemd 254 on
                            .filter(line -> !line.matches(".*Unknown key.*Restart(Steps|MaxDelaySec).*ignoring\\.")))
                    .isEmpty();
            String judged = run("systemd-analyze", "security", "--offline=true", "--threshold=20", file.toString());
            System.out.println(judged.lines().toList().getLast());
        }
    }

    @Test
    void theScriptsAreWithoutTheUsualMistakes() throws Exception {
        assumeTrue(has("shellcheck"), "shellcheck is not installed (Debian: apt-get install shellcheck)");
        List<String> command = new ArrayList<>(List.of("shellcheck", "--external-sources"));
        for (String folder : List.of("packaging", "deploy/docker", "deploy/compose")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    if (Files.readString(file).startsWith("#!")) {
                        command.add(file.toString());
                    }
                }
            }
        }
        assertThat(command).hasSizeGreaterThan(4);
        assertThat(run(command.toArray(String[]::new))).isEmpty();
    }

    private static boolean has(String program) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder).resolve(program)));
    }

    /** What it prints; it has to succeed. */
    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s: %s", String.join(" ", command), output)
                .isZero();
        return output;
    }
}
