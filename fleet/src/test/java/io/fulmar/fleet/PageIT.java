package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.api.ApiCaller;
import io.fulmar.fleet.api.security.LocalToken;
import io.fulmar.fleet.api.security.Role;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;

/** The page as a person uses it, in a real browser, over a real service with a device. Pictures are in target/screenshots. */
class PageIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Fleet fleet;

    @SuppressWarnings("NullAway.Init")
    private TestDevice device;

    @SuppressWarnings("NullAway.Init")
    private Browser browser;

    @BeforeEach
    void start() throws Exception {
        fleet = Fleet.open(FleetConfig.inDirectory(dir));
        device = new TestDevice("press-7", 77, fleet.brokerUrl());
        for (int i = 0; i < 30; i++) {
            device.record(TestRecords.prediction(i % 3 == 0 ? "misalignment" : "normal"));
        }
        device.record(TestRecords.prediction("<img src=x onerror=alert(1)>"));
        device.until(true, 50, () -> device.acknowledged() == 31);
        browser = Browser.start("http://127.0.0.1:" + fleet.httpPort());
    }

    @AfterEach
    void stop() {
        browser.close();
        device.close();
        fleet.close();
    }

    @Test
    void nobodySeesAnythingBeforeTheLoginAndAWrongTokenIsToldSo() throws Exception {
        browser.open("/#/audit");
        browser.find("#token").sendKeys("fulmar_wrong" + Keys.ENTER);
        assertThat(browser.find("#wrong:not([hidden])").getText()).contains("not known");
        assertThat(browser.text()).doesNotContain("press-7");
        browser.picture("login-wrong");
        browser.find("#token").clear();
        browser.find("#token").sendKeys(admin() + Keys.ENTER);
        browser.heading("Audit");
        browser.find("td", "POST /login");

        browser.find("#me button").click();
        browser.find("#token");
        browser.open("/");
        browser.find("#token");
    }

    @Test
    void everyViewShowsWhatItIsForInLightAndDarkOnADesktopAndOnAPhone() throws Exception {
        logIn(admin());
        for (boolean dark : new boolean[] {false, true}) {
            for (int[] size : new int[][] {{1360, 900}, {390, 844}}) {
                browser.screen(size[0], size[1], dark);
                String kind = (size[0] < 600 ? "phone" : "desktop") + (dark ? "-dark" : "");
                look("/", "Overview", "press-7", "overview-" + kind);
                look("/devices", "Devices", "press-7", "devices-" + kind);
                look("/devices/press-7", "press-7", "misalignment", "device-" + kind);
                look("/models", "Models", "Nothing was published yet", "models-" + kind);
                look("/gaps", "Gaps", "No gaps", "gaps-" + kind);
                look("/audit", "Audit", "/login", "audit-" + kind);
                look("/tokens", "Tokens", "administrator on the fleet's machine", "tokens-" + kind);
                assertThat(browser.script(
                                "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
                        .as("nothing is wider than the screen: " + kind)
                        .isEqualTo(true);
            }
        }
        browser.go("#/no/such/view");
        browser.heading("There is nothing here");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void whatADeviceSaysIsTextAndNeverMarkup() throws Exception {
        logIn(admin());
        browser.go("#/devices/press-7");
        browser.find("td", "<img src=x onerror=alert(1)>");
        assertThat(browser.script("return document.querySelectorAll('main img').length"))
                .isEqualTo(0L);
    }

    @Test
    void newRecordsShowByThemselves() throws Exception {
        logIn(admin());
        browser.go("#/devices/press-7");
        browser.heading("press-7");
        browser.find(".live.on");
        // what arrived before the page listened would not be told again
        device.until(true, 50, () -> {
            device.record(TestRecords.prediction("brand-new"));
            return browser.text().contains("brand-new");
        });
        browser.go("#/");
        browser.heading("Overview");
        browser.find(".live.on");
        device.until(true, 50, () -> {
            device.record(TestRecords.prediction("newer-still"));
            return browser.text().contains("newer-still");
        });
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aCommandIsSentAndItsAnswerIsShown() throws Exception {
        logIn(admin());
        browser.go("#/devices/press-7");
        browser.find("form [name=args]").sendKeys("{\"pin\": 4}");
        browser.find("form button.primary[type=submit]").click();
        device.until(true, 1, () -> browser.text().contains("Answer"));
        assertThat(browser.find(".list li").getText()).contains("ping", "done");
        browser.find(".list summary").click();
        browser.find("pre", "4");
        browser.picture("command-answered");
        browser.go("#/audit");
        browser.find("td", "ping");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aSampleThatADeviceHasListedIsExplainedWithAClick() throws Exception {
        logIn(admin());
        browser.go("#/devices/press-7");
        browser.find("form [name=type]");
        browser.script("document.querySelector('form [name=type]').value = 'samples.list'; return true");
        browser.find("form [name=args]")
                .sendKeys("{\"samples\": [{\"id\": \"0000000000000007-data-42\", \"rule\": \"confidence\"}]}");
        browser.find("form button.primary[type=submit]").click();
        String first = "return document.querySelector('.list li .pills')?.textContent ?? ''";
        device.until(true, 1, () -> browser.script(first).toString().startsWith("samples.listdone"));
        browser.find("[data-key='explain 0000000000000007-data-42']").click();
        device.until(true, 1, () -> browser.script(first).toString().startsWith("explaindone"));
        browser.find(".list summary").click();
        browser.find(".list pre", "\"sample\": \"0000000000000007-data-42\"");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void anAdministratorMakesATokenAndRevokesIt() throws Exception {
        logIn(admin());
        browser.go("#/tokens");
        browser.find("form [name=name]").sendKeys("line 3 screen" + Keys.ENTER);
        String token = browser.find(".secret code").getText();
        browser.picture("token-made");
        try (var caller = new ApiCaller(fleet.httpPort())) {
            assertThat(caller.get("/api/v1/me", token).statusCode()).isEqualTo(200);
            String id = token.split("_", -1)[1];
            browser.find("tr", id).findElement(By.tagName("button")).click();
            browser.find("button", "Really revoke?").click();
            browser.find(".pill", "revoked");
            assertThat(caller.get("/api/v1/me", token).statusCode()).isEqualTo(401);
        }
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aViewerIsOfferedNothingThatAViewerMayNotDo() throws Exception {
        try (var caller = new ApiCaller(fleet.httpPort())) {
            logIn(caller.makeToken(admin(), Role.VIEWER.text()));
        }
        browser.find("nav a", "Gaps");
        assertThat(browser.find("nav").getText()).doesNotContain("Audit", "Tokens");
        browser.go("#/devices/press-7");
        browser.find("h2", "Commands");
        browser.none("form");
        browser.go("#/tokens");
        browser.heading("There is nothing here");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void everythingIsReachedWithTheKeyboard() throws Exception {
        logIn(admin());
        browser.find("body").sendKeys(Keys.TAB);
        browser.script("document.querySelector('.skip').focus(); return true");
        browser.focused().sendKeys(Keys.ENTER);
        assertThat(browser.focused().getDomAttribute("id")).isEqualTo("main");
        for (int i = 0; i < 40 && !"Devices".equals(browser.focused().getText()); i++) {
            browser.focused().sendKeys(Keys.chord(Keys.SHIFT, Keys.TAB));
        }
        browser.focused().sendKeys(Keys.ENTER);
        browser.heading("Devices");
        browser.find("td a", "press-7");
        assertThat(browser.focused().getTagName()).isEqualTo("h1");
        for (int i = 0; i < 40 && !"press-7".equals(browser.focused().getText()); i++) {
            browser.focused().sendKeys(Keys.TAB);
        }
        browser.focused().sendKeys(Keys.ENTER);
        browser.find("h2", "Commands");
        browser.heading("press-7");
    }

    @Test
    void aServiceThatIsGoneIsToldSoAndTheViewComesBackOnDemand() throws Exception {
        logIn(admin());
        browser.go("#/gaps");
        browser.heading("Gaps");
        fleet.close();
        browser.go("#/models");
        browser.find(".note.bad", "does not answer");
        browser.picture("service-gone");
    }

    private void look(String view, String heading, String content, String picture) throws Exception {
        browser.go("#" + view);
        browser.heading(heading);
        browser.find("main", content);
        browser.none(".loading");
        browser.picture(picture);
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
