package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.api.ApiCaller;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.DesiredCodec;
import io.fulmar.sync.wire.Reported;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;

/** Rollouts on the page, as a person makes and steers them, over a real service with devices: one for all tests. */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class RolloutPageIT {
    private static final int DEVICES = 8;
    private static final int PREDICTIONS = 60;

    /** As often as the release said that it gave them on its test data. */
    private static final List<String> LABELS = List.of(
            "normal",
            "imbalance",
            "normal",
            "misalignment",
            "normal",
            "bearing-fault",
            "normal",
            "imbalance",
            "normal",
            "misalignment");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path dir;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    @SuppressWarnings("NullAway.Init")
    private Browser browser;

    @SuppressWarnings("NullAway.Init")
    private ApiCaller caller;

    private final List<Device> devices = new ArrayList<>();
    private final Set<String> refusing = new HashSet<>();

    /** A device that takes over what it is told, unless it is among those that refuse. */
    private final class Device {
        private final String id;
        private final TestDevice device;
        private byte @Nullable [] done;

        Device(String id, long epoch) {
            this.id = id;
            this.device = new TestDevice(id, epoch, fleet.brokerUrl());
        }

        void step() {
            var turns = new AtomicInteger();
            device.until(true, 50, () -> turns.getAndIncrement() > 0);
            byte[] wanted = device.desired();
            if (wanted != null && wanted != done && device.publish(answer(DesiredCodec.decode(wanted)))) {
                done = wanted;
            }
        }

        private Reported answer(Desired desired) {
            boolean takes = !refusing.contains(id);
            var config = new Reported.Config(
                    desired.version(),
                    desired.version(),
                    desired.config().sha256(),
                    takes ? Reported.State.ACTIVE : Reported.State.REFUSED,
                    takes ? null : "[log] level: no such level 'loud'");
            List<Reported.Model> models = desired.models().stream()
                    .map(model -> new Reported.Model(
                            model.name(),
                            model.version(),
                            model.release(),
                            model.manifest(),
                            takes ? Reported.ModelState.ACTIVE : Reported.ModelState.ROLLED_BACK,
                            0,
                            0,
                            takes ? null : "crashed: it ended the agent at three starts in a row",
                            takes ? 412 : -1,
                            takes ? 0 : -1,
                            model.assigned(),
                            new Reported.Numbers(600, 0, 8_400, 1 << 20, 0.034, -1, 9_000, 1 << 20)))
                    .toList();
            return new Reported("0.2.0", 1, "raspberry-pi-5", desired.version(), config, List.of(), models);
        }
    }

    @BeforeAll
    void start() throws Exception {
        Path folder = TestPackages.sampleWithReference(dir.resolve("package"));
        new Catalog(dir).publish(PackageReader.open(folder), null);
        fleet = Fleet.open(FleetConfig.inDirectory(dir));
        caller = new ApiCaller(fleet.httpPort());
        for (int i = 1; i <= DEVICES; i++) {
            var device = new Device("press-" + i, 100 + i);
            devices.add(device);
            device.device.connect();
            for (int j = 0; j < (i == DEVICES ? 0 : PREDICTIONS); j++) {
                long hoursAgo = j < 40 ? 0 : j - 39;
                device.device.record(TestRecords.prediction(
                        LABELS.get(j % LABELS.size()),
                        0.55f + 0.44f * ((j * 13 + i) % 10) / 10,
                        System.currentTimeMillis() - 3_600_000 * hoursAgo));
            }
        }
        until(() -> devices.stream()
                .allMatch(it -> it.device.acknowledged() == it.device.records().size()));
        browser = Browser.start("http://127.0.0.1:" + fleet.httpPort());
    }

    /** A test leaves no rollout on its way, and nobody logged in. */
    @AfterEach
    void end() throws Exception {
        refusing.clear();
        for (Object rollout : (List<?>) Objects.requireNonNull(
                ApiCaller.json(get("/api/v1/rollouts?live=true")).get("items"))) {
            send("POST", "/api/v1/rollouts/" + ((Map<?, ?>) rollout).get("id") + "/abort", "{}", 200);
        }
        browser.screen(1360, 900, false);
        browser.forgetCookies();
    }

    @AfterAll
    void stop() {
        browser.close();
        devices.forEach(it -> it.device.close());
        caller.close();
        fleet.close();
    }

    @Test
    @Order(1) // before there is any
    void anOperatorMakesARolloutApprovesPausesResumesAndRollsItBack() throws Exception {
        logIn(admin());
        browser.go("#/rollouts");
        browser.find(".empty", "fulmar fleet rollout create");
        browser.picture("rollouts-empty");
        browser.find("a.button", "New rollout").click();
        browser.heading("New rollout");
        target("site = kiel");
        browser.find("#fits", "no device fits");
        target("id in (press-1, press-2, press-3");
        browser.find("#fits .badtext");
        target("id not in (press-8)");
        browser.find("#fits", "7 devices");
        check("[name=approval]");
        set("[name=soak]", "0s");
        browser.find("[name=labelShift]").sendKeys("0.2");
        browser.find("[name=p95Millis]").sendKeys("50");
        browser.find("[name=crashes]").sendKeys("0");
        browser.find("[name=minimumPredictions]").sendKeys("500");
        browser.picture("rollout-new");
        set("[name=size]", "0");
        browser.find("button[type=submit]").click();
        browser.find(".note.bad", "wave 1");
        set("[name=size]", "1");
        browser.find("button[type=submit]").click();
        browser.find("dialog", "7 devices fit");
        browser.find("dialog td", "Wave 3");
        browser.picture("rollout-preview");
        browser.find("dialog [data-act=yes]").click();
        browser.heading("bearing-condition 1.0.0");
        see("awaiting approval");
        see("passed");
        browser.picture("rollout-approval");
        assertThat(browser.find(".waves .current .stack").getDomAttribute("aria-label"))
                .contains("Wave 1", "1 have it");
        assertThat(devices.stream().filter(it -> it.device.desired() != null)).hasSize(1);

        // by keyboard alone: Escape leaves everything as it is, Enter agrees
        browser.script("document.querySelector('[data-key=approve]').focus(); return true");
        browser.focused().sendKeys(Keys.ENTER);
        browser.find("dialog", "Open wave 2");
        browser.focused().sendKeys(Keys.ESCAPE);
        browser.none("dialog");
        assertThat(browser.focused().getDomAttribute("data-key")).isEqualTo("approve");
        browser.focused().sendKeys(Keys.ENTER);
        browser.find("dialog", "Open wave 2");
        browser.focused().sendKeys(Keys.ENTER);
        browser.none("dialog");
        see("Good. It soaks for");
        browser.picture("rollout-soaking");

        act("pause");
        browser.find("h1 + [role=status]", "paused");
        browser.picture("rollout-paused");
        act("resume");
        browser.find("h1 + [role=status]", "running");

        browser.find("td a", "press-").click();
        browser.find("h2", "Labels");
        browser.find("td a", "bearing-condition 1.0.0");
        browser.find("td", "0.93 times the 9,000 µs of the one before");
        browser.go("#/models");
        browser.find("td a", "rollout r1 running");
        browser.go("#/models/bearing-condition/1");
        browser.find("td", "0.93 times the 9,000 µs of the one before");
        browser.find("h2", "Rollouts");
        browser.find("a.button", "Roll out").click();
        browser.heading("New rollout");
        browser.go("#/");
        browser.find("h2", "Rollouts on their way");
        browser.picture("overview-rollout");
        browser.go("#/rollouts/r1");
        act("rollback");
        browser.find("h1 + [role=status]", "rolling back");
        see("rolled back");
        browser.find(".card li", "told to go back");
        browser.picture("rollout-rolled-back");
        assertThat(browser.complaints()).as("but for the plan that was refused").allMatch(it -> it.contains("422"));
    }

    @Test
    void whatHardlyAnybodyNeedsIsFoldedAndBecomesAPartOfThePlan() throws Exception {
        logIn(admin());
        browser.go("#/rollouts/new");
        browser.heading("New rollout");
        target("id in (press-1, press-2)");
        assertThat(browser.find("[name=shadow]").isDisplayed()).isFalse();
        browser.find(".waveedit summary", "Share of failures").click();
        browser.find("[name=errorPercent]").sendKeys("20");
        browser.find("[name=errorMinimum]").sendKeys("2");
        browser.find("details.card > summary", "More").click();
        type("from", "22:00");
        type("to", "05:30");
        set("[name=zone]", "Europe/Berlin");
        check("[name=day][value=sat]");
        check("[name=day][value=sun]");
        browser.find("[name=shadow]").sendKeys("1h");
        browser.find("[name=agreement]").sendKeys("0.97");
        browser.find("[name=offline]").sendKeys("30");
        browser.find("[name=lifetime]").sendKeys("7d");
        for (int width : new int[] {1360, 390}) {
            browser.screen(width, width == 390 ? 844 : 1000, width == 390);
            browser.script("document.querySelector('details.card').scrollIntoView(); return true");
            look("rollout-new-more-" + width);
        }
        browser.screen(1360, 1000, false);
        browser.script("scrollTo(0, 0); return true");
        browser.find("[value=config]").click();
        assertThat(browser.find("[name=shadow]").isDisplayed())
                .as("a configuration has no shadow")
                .isFalse();
        browser.find("[value=release]").click();
        set("[name=shadow]", "soon");
        browser.find("button[type=submit]").click();
        browser.find(".note.bad", "'shadow' is a duration");
        set("[name=shadow]", "1h");
        browser.find("button[type=submit]").click();
        browser.find("dialog", "2 devices fit");
        browser.find("dialog [data-act=yes]").click();
        browser.heading("bearing-condition 1.0.0");
        browser.find("dd", "22:00 to 05:30 Europe/Berlin, mon tue wed thu fri");
        browser.find("dd", "1 h");
        browser.find("dd", "30 of 100 of a wave");
        browser.find("dd", "for 7 days");
        browser.find(".waves li", "20 of 100 failures (once 2 devices ended)");
        String newest = get("/api/v1/rollouts?limit=1").body();
        String plan = get("/api/v1/rollouts/" + newest.replaceAll("(?s).*?\"id\":\"(r\\d+)\".*", "$1"))
                .body();
        assertThat(plan).contains("\"agreement\":0.97", "\"shadow\":\"1h\"");
        assertThat(browser.complaints()).as("but for the plan that was refused").allMatch(it -> it.contains("422"));
    }

    /** A time, whose input takes no text as a person writes it. */
    private void type(String name, String time) {
        browser.script(
                "const input = document.querySelector('[name=' + arguments[0] + ']'); input.value = arguments[1]; return true",
                name,
                time);
    }

    @Test
    void aReleaseThatIsWithdrawnHaltsItsRolloutAndThePageSaysSo() throws Exception {
        String id = create(
                "better bearings",
                "\"release\":{\"model\":\"bearing-condition\"}",
                "[{\"devices\":1,\"approval\":true},{\"percent\":100}]",
                "");
        logIn(admin());
        browser.go("#/rollouts/" + id);
        see("awaiting approval");
        send("POST", "/api/v1/models/bearing-condition/releases/1/yank", "{\"reason\":\"wrong labels\"}", 204);
        see("Halted.");
        browser.find(".note.bad", "wrong labels");
        browser.picture("rollout-of-withdrawn");
        send("DELETE", "/api/v1/models/bearing-condition/releases/1/yank", "", 204);
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aRolloutThatHaltsIsAnAlarmAndSaysWhyAndWhoAndCanBeResumedOrAborted() throws Exception {
        devices.forEach(it -> refusing.add(it.id));
        String quieter = create(
                "quieter logs",
                "\"config\":{\"toml\":\"[log]\\nlevel = \\\"loud\\\"\"}",
                "[{\"devices\":3,\"success\":60,\"errors\":{\"count\":2}},{\"percent\":100}]",
                "");
        logIn(admin());
        browser.go("#/rollouts/" + quieter);
        browser.heading("quieter logs");
        see("Halted.");
        browser.find(".note.bad", "2 stop it");
        browser.find("td", "no such level");
        for (int width : new int[] {1360, 390, 320}) {
            boolean dark = width == 390;
            browser.screen(width, width == 1360 ? 1000 : 844, dark);
            String kind = width == 1360 ? "desktop" : dark ? "phone-dark" : "narrow";
            look("#/rollouts/" + quieter, "quieter logs", "rollout-halted-" + kind);
            look("#/rollouts", "Rollouts", "rollouts-" + kind);
            look("#/rollouts/new", "New rollout", "rollout-new-" + kind);
            look("#/", "Overview", "overview-halted-" + kind);
            look("#/devices/press-1", "press-1", "device-rollout-" + kind);
        }
        browser.screen(1360, 1000, false);
        browser.go("#/");
        browser.find(".note.bad a", "quieter logs").click();
        browser.heading("quieter logs");
        select("state", "failed");
        browser.find("td", "no such level");
        select("wave", "2");
        browser.find(".empty", "No device is like that");

        browser.find("[data-key=resume]").click();
        browser.find("dialog legend", "Devices that failed");
        browser.picture("rollout-resume");
        browser.find("dialog [value=accept]").click();
        refusing.clear();
        browser.find("dialog [data-act=yes]").click();
        browser.none("dialog");
        see("done");

        String louder = create(
                "louder logs",
                "\"config\":{\"toml\":\"x = 1\"}",
                "[{\"devices\":1,\"soak\":\"1h\"},{\"percent\":100}]",
                "");
        browser.go("#/rollouts/" + louder);
        browser.heading("louder logs");
        browser.find("[data-key=abort]").click();
        browser.find("dialog", "It ends for good");
        assertThat(browser.focused().getText())
                .as("what cannot be undone is not the first choice")
                .isEqualTo("Cancel");
        // somebody else is quicker: the service's words stand in the dialog, which stays
        send("POST", "/api/v1/rollouts/" + louder + "/abort", "{}", 200);
        browser.find("dialog [data-act=yes]").click();
        browser.find("dialog .note.bad", "is aborted, and so cannot be aborted");
        browser.picture("rollout-conflict");
        browser.find("dialog [data-act=no]").click();
        browser.none("dialog");
        browser.none("[data-key=abort]");
        assertThat(browser.complaints()).as("but for the refused one").allMatch(it -> it.contains("409"));
    }

    @Test
    void aViewerSeesEverythingAndIsToldWhatAViewerMayNotDo() throws Exception {
        String louder = create(
                "louder logs",
                "\"config\":{\"toml\":\"x = 1\"}",
                "[{\"devices\":1,\"soak\":\"1h\"},{\"percent\":100}]",
                "");
        logIn(caller.makeToken(admin(), Role.VIEWER.text()));
        browser.go("#/rollouts");
        browser.find("td a", "louder logs");
        assertThat(browser.text()).doesNotContain("New rollout");
        browser.go("#/rollouts/" + louder);
        browser.find(".actions", "need the role operator, and yours is viewer");
        assertThat(browser.find(".actions").findElements(By.tagName("button"))).isEmpty();
        browser.go("#/rollouts/new");
        browser.heading("There is nothing here");
        browser.go("#/devices/press-1");
        browser.find("h2", "Labels");
        browser.none("form");
        browser.go("#/rollouts/none");
        browser.find(".note.bad", "There is no rollout with the id none");
        assertThat(browser.complaints()).allMatch(it -> it.contains("404"));
    }

    @Test
    void whatAModelSaidIsDrawnOverTimeBySurenessAndAgainstItsTest() throws Exception {
        logIn(admin());
        for (boolean phone : new boolean[] {false, true}) {
            browser.screen(phone ? 390 : 1360, phone ? 844 : 1000, phone);
            String kind = phone ? "phone-dark" : "desktop";
            browser.go("#/models/bearing-condition/1");
            browser.heading("bearing-condition 1.0.0");
            browser.find(".legend", "normal 50 %");
            browser.find(".legend", "as tested");
            browser.script("document.querySelector('.u-wrap').scrollIntoView({block: 'center'}); return true");
            look("release-charts-" + kind);
            browser.go("#/devices/press-1");
            browser.heading("press-1");
            browser.find(".legend", "normal 50 %");
            browser.script("document.querySelectorAll('.u-wrap')[1].scrollIntoView({block: 'center'}); return true");
            look("device-charts-" + kind);
        }
        assertThat(browser.script("""
                        const paint = element => getComputedStyle(element).borderTopColor;
                        const scores = Object.fromEntries([...document.querySelectorAll('.u-legend .u-series')]
                          .map(row => [row.textContent.trim().replace(/:.*$/, ''), row.querySelector('.u-marker')])
                          .filter(([, marker]) => marker && marker.style.border).map(([name, marker]) => [name, paint(marker)]));
                        const counts = Object.fromEntries([...document.querySelectorAll('.legend.body span')].filter(it => it.querySelector('i[style]'))
                          .map(it => [it.textContent.replace(/ [\\d.]+ %$/, ''), getComputedStyle(it.querySelector('i')).backgroundColor]));
                        return ['normal', 'imbalance', 'misalignment', 'bearing-fault'].map(name => `${scores[name]} ${counts[name]}`).join('\\n');"""))
                .asString()
                .as("a label has one colour on a page")
                .matches("(?s)((rgba?\\([^)]*\\)) \\2\\n?)+");
        assertThat(browser.find(".chart[aria-label^='Labels over time']").getDomAttribute("aria-label"))
                .contains("normal", "imbalance 20 %", "misalignment 20 %");
        browser.find("button", "90 days").click();
        browser.find(".legend", "normal 50 %");
        browser.find("button[aria-pressed=true]", "90 days");
        browser.find("td .pill.warn, td .pill.bad, td .pill.good");
        browser.go("#/devices/press-8");
        browser.find(".empty", "No predictions in this time");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aPublisherWithdrawsAReleaseAndGivesItBackAndAnOperatorIsNotOfferedThat() throws Exception {
        logIn(caller.makeToken(admin(), Role.OPERATOR.text()));
        browser.go("#/models/bearing-condition/1");
        browser.find("a.button", "Roll out");
        browser.none("[data-key=yank]");
        browser.forgetCookies();
        logIn(caller.makeToken(admin(), Role.PUBLISHER.text()));
        browser.go("#/models/bearing-condition/1");
        browser.find("[data-key=yank]", "Withdraw").click();
        browser.find("dialog [data-act=yes]").click();
        browser.find("dialog .note.bad", "reason");
        browser.find("dialog [name=reason]").sendKeys("it sees no bearing faults");
        browser.find("dialog [data-act=yes]").click();
        browser.find(".note.bad", "it sees no bearing faults");
        browser.none("a.button");
        browser.picture("release-withdrawn");
        browser.go("#/models");
        browser.find(".pill", "withdrawn");
        browser.go("#/rollouts/new");
        browser.find(".empty", "Nothing was published yet");
        browser.go("#/models/bearing-condition/1");
        browser.find("[data-key=yank]", "Give back").click();
        browser.find("dialog [data-act=yes]").click();
        browser.find("a.button", "Roll out");
        assertThat(browser.complaints()).allMatch(it -> it.contains("400"));
    }

    @Test
    void labelsAreSetAndTakenAwayOnTheDevice() throws Exception {
        logIn(admin());
        browser.go("#/devices/press-1");
        browser.find("[name=label]").sendKeys("site");
        browser.find("[name=value]").sendKeys("kiel" + Keys.ENTER);
        browser.find(".pill.label", "site = kiel");
        assertThat(get("/api/v1/devices/press-1/labels").body()).contains("\"site\":\"kiel\"");
        browser.find("[name=label]").sendKeys("online");
        browser.find("[name=value]").sendKeys("yes" + Keys.ENTER);
        browser.find(".note.bad", "is what the fleet knows by itself");
        browser.picture("device-labels");
        browser.find("button[aria-label='Take the label site away']").click();
        browser.none(".pill.label");
        assertThat(get("/api/v1/devices/press-1/labels").body()).doesNotContain("site");
        browser.find(".pill", "connected");
        assertThat(browser.script("return document.querySelectorAll('.u-legend').length"))
                .isEqualTo(1L);
        assertThat(browser.complaints()).allMatch(it -> it.contains("422"));
    }

    private String create(String name, String what, String waves, String more) throws Exception {
        return ApiCaller.text(
                send(
                        "POST",
                        "/api/v1/rollouts",
                        "{\"name\":\"" + name + "\"," + what + ",\"target\":\"all\",\"waves\":" + waves + more + "}",
                        201),
                "id");
    }

    private HttpResponse<String> send(String verb, String path, String body, int status) throws Exception {
        HttpResponse<String> answer = caller.send(verb, path, admin(), body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer;
    }

    private HttpResponse<String> get(String path) throws Exception {
        return caller.get(path, admin());
    }

    /** The devices go on while the page is looked at. */
    private void until(BooleanSupplier holds) {
        TestDevice.patiently(() -> {
            devices.forEach(Device::step);
            return holds.getAsBoolean();
        });
    }

    private void see(String text) {
        until(() -> browser.text().contains(text));
    }

    private void act(String name) {
        browser.find("[data-key=" + name + "]").click();
        browser.find("dialog [data-act=yes]").click();
        browser.none("dialog");
    }

    private void look(String view, String heading, String picture) throws Exception {
        browser.go(view);
        browser.heading(heading);
        look(picture);
    }

    private void look(String picture) throws Exception {
        browser.none(".loading");
        browser.picture(picture);
        assertThat(browser.script(
                        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
                .as("nothing is wider than the screen: " + picture)
                .isEqualTo(true);
    }

    private void target(String expression) {
        set("[name=target]", expression);
    }

    private void set(String css, String value) {
        browser.find(css).clear();
        browser.find(css).sendKeys(value);
    }

    private void check(String css) {
        browser.find(css).click();
    }

    private void select(String name, String value) {
        browser.find("select[name=" + name + "] option[value='" + value + "']").click();
    }

    private void logIn(String token) {
        browser.open("/");
        browser.find("#token").sendKeys(token + Keys.ENTER);
        browser.heading("Overview");
        browser.complaints(); // of the log-in page, that nobody was logged in
    }

    private String admin() {
        return Objects.requireNonNull(LocalToken.read(dir));
    }
}
