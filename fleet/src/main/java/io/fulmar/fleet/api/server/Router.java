package io.fulmar.fleet.api.server;

import io.fulmar.fleet.api.security.Role;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes the routes of the API. Who may use a route is a part of it; there is no default. Owned by the thread that starts the
 * service.
 */
public final class Router {
    private final Map<Route, Way> ways = new LinkedHashMap<>();

    /** How a route is answered. */
    sealed interface Way {
        record Once(Endpoint endpoint) implements Way {}

        record Page(Endpoint endpoint, Answer login) implements Way {}

        record Events(EventsEndpoint endpoint) implements Way {}
    }

    /** A route for callers with at least that role. */
    public Router add(Verb verb, String path, Role role, Endpoint endpoint) {
        return put(new Route(verb, path, role), new Way.Once(endpoint));
    }

    /** The same for a person's browser: who has not logged in gets the login page in place of a problem. */
    public Router page(String path, Role role, Endpoint endpoint, Answer login) {
        return put(
                new Route(Verb.GET, path, role),
                new Way.Page(endpoint, login.status(401).header("WWW-Authenticate", "Bearer")));
    }

    /** Server-sent events for callers with at least that role. */
    public Router events(String path, Role role, EventsEndpoint endpoint) {
        return put(new Route(Verb.GET, path, role), new Way.Events(endpoint));
    }

    /** A route for everybody: health, login, and what the login page needs. A test lists them all. */
    public Router open(Verb verb, String path, Endpoint endpoint) {
        return put(new Route(verb, path, null), new Way.Once(endpoint));
    }

    private Router put(Route route, Way way) {
        if (ways.keySet().stream()
                .anyMatch(there -> there.verb() == route.verb() && there.path().equals(route.path()))) {
            throw new IllegalArgumentException(route + " is there already");
        }
        ways.put(route, way);
        return this;
    }

    Map<Route, Way> ways() {
        return ways;
    }
}
