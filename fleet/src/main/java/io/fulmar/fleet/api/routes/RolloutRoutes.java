package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.rollout.Action;
import io.fulmar.fleet.rollout.DeviceRollout;
import io.fulmar.fleet.rollout.Member;
import io.fulmar.fleet.rollout.MemberState;
import io.fulmar.fleet.rollout.PlanException;
import io.fulmar.fleet.rollout.PlanJson;
import io.fulmar.fleet.rollout.RolloutDetail;
import io.fulmar.fleet.rollout.RolloutJson;
import io.fulmar.fleet.rollout.RolloutRow;
import io.fulmar.fleet.rollout.Rollouts;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rollouts. Thread-safe. */
public final class RolloutRoutes {
    private static final String PATH = "/api/v1/rollouts";
    private static final String ONE = PATH + "/{rollout}";

    private final Rollouts rollouts;

    public RolloutRoutes(Rollouts rollouts) {
        this.rollouts = rollouts;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, PATH, Role.VIEWER, this::list);
        router.add(Verb.POST, PATH, Role.OPERATOR, this::create);
        router.add(Verb.POST, "/api/v1/rollout-preview", Role.OPERATOR, this::preview);
        router.add(Verb.GET, ONE, Role.VIEWER, this::show);
        router.add(Verb.GET, ONE + "/devices", Role.VIEWER, this::devices);
        router.add(Verb.GET, "/api/v1/devices/{device}/rollouts", Role.VIEWER, this::ofDevice);
        router.add(Verb.POST, ONE + "/pause", Role.OPERATOR, call -> ask(call, new Action.Pause()));
        router.add(Verb.POST, ONE + "/resume", Role.OPERATOR, this::resume);
        router.add(Verb.POST, ONE + "/approve", Role.OPERATOR, call -> ask(call, new Action.Approve()));
        router.add(Verb.POST, ONE + "/abort", Role.OPERATOR, call -> ask(call, new Action.Abort()));
        router.add(Verb.POST, ONE + "/rollback", Role.OPERATOR, call -> ask(call, new Action.RollBack()));
    }

    private Answer list(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        Long after = call.afterNumber();
        String live = call.query("live");
        if (live != null && !live.equals("true") && !live.equals("false")) {
            throw Problem.malformed("'live' is true or false");
        }
        List<RolloutRow> found = rollouts.list(
                call.query("model"), "true".equals(live), after == null ? Long.MAX_VALUE : after, limit + 1);
        return Paging.page(found, limit, row -> Long.toString(row.number()), RolloutJson::row);
    }

    private Answer ofDevice(Call call) {
        String device = LabelRoutes.device(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        Long after = call.afterNumber();
        List<DeviceRollout> found = rollouts.ofDevice(device, after == null ? Long.MAX_VALUE : after, limit + 1);
        return Paging.page(found, limit, row -> Long.toString(row.number()), RolloutJson::ofDevice);
    }

    private Answer create(Call call) {
        RolloutDetail made;
        try {
            made = rollouts.create(plan(call), call.caller().name());
        } catch (PlanException e) {
            throw Problem.senseless(String.valueOf(e.getMessage()), "see docs/rollouts.md");
        } catch (FleetException e) {
            throw refused(e);
        }
        call.audit(made.row().id(), made.row().name());
        return Answer.created(PATH + "/" + made.row().id(), json -> RolloutJson.detail(json, made));
    }

    private Answer preview(Call call) {
        try {
            Rollouts.Preview preview = rollouts.preview(plan(call));
            call.audit(preview.plan().name(), "nothing was changed");
            return Answer.object(json -> RolloutJson.preview(json, preview));
        } catch (PlanException e) {
            throw Problem.senseless(String.valueOf(e.getMessage()), "see docs/rollouts.md");
        } catch (FleetException e) {
            throw refused(e);
        }
    }

    /** What somebody has to change first is no failure of the service. */
    private static RuntimeException refused(FleetException e) {
        return e.category() == FleetException.Category.PERMANENT
                ? Problem.conflict(String.valueOf(e.getMessage()), e.hint())
                : e;
    }

    private static byte[] plan(Call call) {
        call.fields(); // whatever is no JSON is refused as everywhere
        return call.text().getBytes(StandardCharsets.UTF_8);
    }

    private Answer show(Call call) {
        return Answer.object(json -> RolloutJson.detail(json, find(call)));
    }

    private RolloutDetail find(Call call) {
        RolloutDetail found = rollouts.find(call.path("rollout"));
        if (found == null) {
            throw absent(call);
        }
        return found;
    }

    private static Problem absent(Call call) {
        return Problem.absent("There is no rollout with the id " + call.path("rollout"));
    }

    private Answer devices(Call call) {
        find(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        Integer wave = call.query("wave") == null ? null : call.number("wave", 1, PlanJson.WAVES) - 1;
        List<Member> found = rollouts.devices(call.path("rollout"), state(call), wave, after(call), limit + 1);
        return Paging.page(found, limit, member -> member.wave() + ":" + member.device(), RolloutJson::member);
    }

    private static @Nullable MemberState state(Call call) {
        String text = call.query("state");
        if (text == null) {
            return null;
        }
        return Arrays.stream(MemberState.values())
                .filter(state -> state.text().equals(text))
                .findFirst()
                .orElseThrow(() -> Problem.malformed("'state' is one of "
                        + Arrays.stream(MemberState.values())
                                .map(MemberState::text)
                                .collect(Collectors.joining(", "))));
    }

    private static @Nullable Member after(Call call) {
        String text = call.after();
        if (text == null) {
            return null;
        }
        int colon = text.indexOf(':');
        if (colon < 1 || !text.substring(0, colon).matches("[0-9]{1,4}")) {
            throw Problem.malformed("'after' is not what a page gave as 'next'");
        }
        return Member.pending(text.substring(colon + 1), Integer.parseInt(text.substring(0, colon)), 0);
    }

    private Answer resume(Call call) {
        var fields = call.fields();
        boolean accept = fields.flag("accept");
        fields.done();
        return ask(call, new Action.Resume(accept));
    }

    private Answer ask(Call call, Action action) {
        Rollouts.Asked asked =
                rollouts.ask(call.path("rollout"), action, call.caller().name());
        if (asked == null) {
            throw absent(call);
        }
        if (asked.refusal() != null) {
            throw Problem.conflict(asked.refusal(), null);
        }
        return Answer.object(json -> RolloutJson.detail(json, asked.rollout()));
    }
}
