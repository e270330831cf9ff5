package io.fulmar.fleet.rollout;

import static io.fulmar.fleet.rollout.RolloutState.ABORTED;
import static io.fulmar.fleet.rollout.RolloutState.AWAITING_APPROVAL;
import static io.fulmar.fleet.rollout.RolloutState.DONE;
import static io.fulmar.fleet.rollout.RolloutState.HALTED;
import static io.fulmar.fleet.rollout.RolloutState.PAUSED;
import static io.fulmar.fleet.rollout.RolloutState.ROLLING_BACK;
import static io.fulmar.fleet.rollout.RolloutState.RUNNING;
import static io.fulmar.fleet.rollout.RolloutState.SUPERSEDED;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rollout as it is at one time, and how it goes on from there. It knows neither a database nor a clock: the same state,
 * facts and time always lead to the same decision.
 *
 * <pre>
 *              pause                    a wave is good, and a person has to agree
 *  PAUSED  &lt;──────────┐ ┌────────────────────────────────────────────────&gt; AWAITING_APPROVAL
 *     └──────────────&gt; RUNNING &lt;────────────────────────────────────────────────┘  approve
 *          resume       │  │ └──&gt; DONE        every wave was good
 *  from these three ────┘  └────&gt; HALTED      too many failures, or a gate; until somebody resumes
 *
 *  live ──&gt; ABORTED        abort              live, ABORTED, DONE ──&gt; ROLLING_BACK ──&gt; ROLLED_BACK
 *  live ──&gt; SUPERSEDED     a newer one of the same on one of its devices
 * </pre>
 *
 * @param wave the last one that is open; -1 before the first
 * @param waveOpenedMillis when it was opened, or begun again
 * @param goodSinceMillis since when it has been good; 0 while it is not
 * @param accepted waves up to this one are not judged any more; -1 for none
 * @param revision rises with every change that is stored
 *     <p>Immutable.
 */
public record Rollout(
        String id,
        Plan plan,
        RolloutState state,
        int wave,
        long createdMillis,
        long waveOpenedMillis,
        long goodSinceMillis,
        int accepted,
        @Nullable String reason,
        long revision,
        List<Member> members) {
    public Rollout {
        members = List.copyOf(members);
    }

    /** How it goes on by itself. */
    public Decision next(Facts facts, long nowMillis) {
        return switch (state) {
            case RUNNING, PAUSED, AWAITING_APPROVAL, HALTED -> new Evaluation(this, facts, nowMillis).live();
            case ROLLING_BACK -> new Evaluation(this, facts, nowMillis).rollingBack();
            case ABORTED, ROLLED_BACK, DONE, SUPERSEDED -> unchanged();
        };
    }

    /** Whether that decision changes anything that is stored. */
    public boolean changes(Decision decision) {
        return !decision.steps().isEmpty() || decision.endsPending() || !isAs(decision);
    }

    private boolean isAs(Decision decision) {
        return state == decision.state()
                && wave == decision.wave()
                && waveOpenedMillis == decision.waveOpenedMillis()
                && goodSinceMillis == decision.goodSinceMillis()
                && accepted == decision.accepted();
    }

    private Decision unchanged() {
        return new Decision(
                state, wave, waveOpenedMillis, goodSinceMillis, accepted, reason, List.of(), false, List.of(), false);
    }

    /** What becomes of it when somebody asks for that. */
    public Answer ask(Action action, long nowMillis) {
        return switch (action) {
            case Action.Pause() ->
                switch (state) {
                    case RUNNING, AWAITING_APPROVAL -> to(PAUSED, null);
                    case PAUSED, HALTED, ABORTED, ROLLING_BACK, ROLLED_BACK, DONE, SUPERSEDED -> refused("paused");
                };
            case Action.Resume(boolean accept) ->
                switch (state) {
                    case PAUSED -> to(RUNNING, null);
                    case HALTED -> afterHalt(accept, nowMillis);
                    case RUNNING, AWAITING_APPROVAL, ABORTED, ROLLING_BACK, ROLLED_BACK, DONE, SUPERSEDED ->
                        refused("resumed");
                };
            case Action.Approve() ->
                switch (state) {
                    case AWAITING_APPROVAL ->
                        new Decision(
                                RUNNING, wave + 1, nowMillis, 0, accepted, null, List.of(), false, List.of(), true);
                    case RUNNING, PAUSED, HALTED, ABORTED, ROLLING_BACK, ROLLED_BACK, DONE, SUPERSEDED ->
                        refused("approved");
                };
            case Action.Abort() ->
                switch (state) {
                    case RUNNING, PAUSED, AWAITING_APPROVAL, HALTED, ROLLING_BACK -> ended(ABORTED, null);
                    case ABORTED, ROLLED_BACK, DONE, SUPERSEDED -> refused("aborted");
                };
            case Action.RollBack() ->
                switch (state) {
                    case RUNNING, PAUSED, AWAITING_APPROVAL, HALTED, ABORTED, DONE ->
                        new Decision(
                                ROLLING_BACK, wave, nowMillis, 0, accepted, reason, List.of(), true, List.of(), true);
                    case ROLLING_BACK, ROLLED_BACK, SUPERSEDED -> refused("rolled back");
                };
            case Action.Supersede(String by) ->
                switch (state) {
                    case RUNNING, PAUSED, AWAITING_APPROVAL, HALTED, ROLLING_BACK ->
                        ended(SUPERSEDED, "by rollout " + by);
                    case ABORTED, ROLLED_BACK, DONE, SUPERSEDED -> refused("superseded");
                };
        };
    }

    private Answer refused(String done) {
        return new Answer.Refused("rollout " + id + " is " + state.text() + ", and so cannot be " + done);
    }

    private Decision to(RolloutState other, @Nullable String why) {
        return new Decision(
                other, wave, waveOpenedMillis, goodSinceMillis, accepted, why, List.of(), false, List.of(), true);
    }

    private Decision ended(RolloutState other, @Nullable String why) {
        return new Decision(
                other, wave, waveOpenedMillis, goodSinceMillis, accepted, why, List.of(), true, List.of(), false);
    }

    private Decision afterHalt(boolean accept, long nowMillis) {
        List<Step> steps = new ArrayList<>();
        for (Member member : members) {
            if (member.state() == MemberState.FAILED || member.state() == MemberState.TIMED_OUT) {
                steps.add(
                        accept
                                ? new Step.Settle(member.device(), MemberState.SKIPPED, member.reason())
                                : new Step.Settle(member.device(), MemberState.PENDING, null));
            }
        }
        return new Decision(RUNNING, wave, nowMillis, 0, accept ? wave : accepted, null, steps, false, List.of(), true);
    }
}
