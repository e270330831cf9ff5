package io.fulmar.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A real Chromium without a window. Owned by one thread. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** Kept, because a logger that nobody holds forgets its level. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private final ChromeDriver driver;
    private final Path pictures;
    private final String home;

    private Browser(ChromeDriver driver, Path pictures, String home) {
        this.driver = driver;
        this.pictures = pictures;
        this.home = home;
    }

    /**
     * Starts it.
     *
     * @param home the page, as {@code http://127.0.0.1:8080}
     */
    static Browser start(String home) throws IOException {
        SELENIUM.setLevel(Level.SEVERE);
        var options = new ChromeOptions();
        options.setBinary(binary("chromium"));
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-quic",
                "--no-proxy-server",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--window-size=1360,900");
        var logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        var service = new ChromeDriverService.Builder()
                .usingDriverExecutable(Path.of(binary("chromedriver")).toFile())
                .usingAnyFreePort()
                .build();
        Path pictures = Path.of("target", "screenshots").toAbsolutePath();
        Files.createDirectories(pictures);
        return new Browser(new ChromeDriver(service, options), pictures, home);
    }

    private static String binary(String name) {
        return Stream.of("/usr/bin/", "/usr/local/bin/")
                .map(folder -> folder + name)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        name + " is not installed: apt-get install chromium chromium-driver"));
    }

    void open(String address) {
        driver.get(home + address);
    }

    /** Goes to a view of the page that is open. */
    void go(String hash) {
        driver.executeScript("location.hash = arguments[0]", hash);
    }

    /** Waits for the element, looked for again each time. */
    WebElement find(String css) {
        return await(() -> driver.findElement(By.cssSelector(css)), css);
    }

    /** Waits for an element of that kind with that text in it. */
    WebElement find(String css, String text) {
        return await(
                () -> driver.findElements(By.cssSelector(css)).stream()
                        .filter(element -> element.getText().contains(text))
                        .findFirst()
                        .orElseThrow(() -> new NoSuchElementException(text)),
                css + " with '" + text + "'");
    }

    /** Waits until there are that many of them, at least. */
    List<WebElement> atLeast(int count, String css) {
        return await(
                () -> {
                    List<WebElement> found = driver.findElements(By.cssSelector(css));
                    if (found.size() < count) {
                        throw new NoSuchElementException(css);
                    }
                    return found;
                },
                count + " of " + css);
    }

    /** Waits until there is none. */
    void none(String css) {
        new WebDriverWait(driver, PATIENCE)
                .withMessage(() -> "still there: " + css)
                .until(it -> driver.findElements(By.cssSelector(css)).isEmpty());
    }

    /** Waits for the heading of a view. */
    void heading(String text) {
        find("h1", text);
    }

    private <T> T await(Supplier<T> search, String what) {
        return new WebDriverWait(driver, PATIENCE)
                .withMessage(() -> "not found: " + what + "; the page says:\n" + text())
                .ignoreAll(List.of(NoSuchElementException.class, StaleElementReferenceException.class))
                .until(it -> search.get());
    }

    String text() {
        return driver.findElement(By.tagName("body")).getText();
    }

    /** The element that a person's next key goes to. */
    WebElement focused() {
        return driver.switchTo().activeElement();
    }

    Object script(String code, Object... arguments) {
        return Objects.requireNonNull(((JavascriptExecutor) driver).executeScript(code, arguments));
    }

    /** As wide and high as a screen, in dark colours or not. */
    void screen(int width, int height, boolean dark) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    }

    /** Keeps what is to be seen as {@code target/screenshots/NAME.png}. */
    void picture(String name) throws IOException {
        Files.write(pictures.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    }

    /** What the page complained about since it was asked last. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    void forgetCookies() {
        driver.manage().deleteAllCookies();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
