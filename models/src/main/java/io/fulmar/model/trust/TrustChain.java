package io.fulmar.model.trust;

import static io.fulmar.model.trust.TrustException.JSON;

import io.fulmar.model.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Trust roots that follow each other, each in its envelope, the oldest first: so that one who missed some comes to the
 * newest by himself. Nothing in it is believed before {@link #follow}. Immutable.
 */
public final class TrustChain {
    private static final String WHAT = "the chain of trust roots";
    private static final String ROOTS = "roots";

    private final List<Link> links;

    /** An envelope and the root that it claims to bring. */
    private record Link(Dsse envelope, TrustRoot claimed) {}

    private TrustChain(List<Link> links) {
        this.links = List.copyOf(links);
    }

    /** A chain without a root. */
    public static TrustChain empty() {
        return new TrustChain(List.of());
    }

    /** Reads the JSON of a chain, or of one envelope alone; a {@link TrustException} says what is wrong with it. */
    public static TrustChain parse(byte[] json) {
        Map<String, Object> object = JSON.read(WHAT, json, Limits.ENVELOPE_BYTES);
        if (object.containsKey("payloadType")) {
            return new TrustChain(List.of(link(object)));
        }
        JSON.requireOnly(WHAT, object, Set.of(ROOTS));
        List<Map<String, Object>> envelopes = JSON.objects(WHAT, object, ROOTS);
        if (envelopes.size() > Limits.ROOTS) {
            throw JSON.wrong(WHAT + " has more than " + Limits.ROOTS + " of them");
        }
        return new TrustChain(envelopes.stream().map(TrustChain::link).toList());
    }

    private static Link link(Map<String, Object> object) {
        Dsse envelope = Dsse.of(object);
        if (!envelope.payloadType().equals(Dsse.TRUST_ROOT)) {
            throw JSON.wrong("signed as '" + envelope.payloadType() + "', and so no trust root");
        }
        return new Link(envelope, TrustRoot.parse(envelope.unverifiedPayload()));
    }

    /** Reads a file; a {@link TrustException} says what is wrong with it and names the file. */
    public static TrustChain read(Path file) {
        byte[] bytes = KeyFiles.bytes(file, Limits.ENVELOPE_BYTES);
        try {
            return parse(bytes);
        } catch (TrustException e) {
            throw new TrustException(e.category(), file + ": " + e.getMessage(), e.hint(), e);
        }
    }

    public boolean isEmpty() {
        return links.isEmpty();
    }

    /** The same with a newer root at its end. */
    public TrustChain with(TrustChain newer) {
        List<Link> all = new ArrayList<>(links);
        int after = all.isEmpty() ? 0 : all.getLast().claimed().version();
        newer.links.stream().filter(it -> it.claimed().version() > after).forEach(all::add);
        return new TrustChain(all);
    }

    /** The same without its oldest root: who needs that one has to be given the next by hand. */
    public TrustChain withoutOldest() {
        return new TrustChain(links.subList(1, links.size()));
    }

    /**
     * Whom to believe from now on, if those who may say so have: each root in turn must have been signed as {@link
     * TrustRoot#successor} wants. As far as that holds, it is followed; older ones than the one that there is are left out.
     */
    public Succession follow(TrustRoot from) {
        TrustRoot now = from;
        String why = null;
        for (Link link : links) {
            if (link.claimed().version() <= now.version()) {
                continue;
            }
            switch (now.successor(link.envelope())) {
                case Succession.Accepted accepted -> now = accepted.root();
                case Succession.Refused refused ->
                    why = "version " + link.claimed().version() + ": " + refused.reason();
                case Succession.Known _ -> throw new IllegalStateException("a successor is not the root itself");
            }
        }
        if (now != from) {
            return new Succession.Accepted(now);
        }
        return why == null ? unchanged(from) : new Succession.Refused(why);
    }

    private Succession unchanged(TrustRoot root) {
        if (links.isEmpty()) {
            return new Succession.Refused(WHAT + " is empty");
        }
        TrustRoot last = links.getLast().claimed();
        if (last.version() < root.version()) {
            return new Succession.Refused("version " + last.version() + " does not follow version " + root.version());
        }
        return Arrays.equals(last.toJson(), root.toJson())
                ? new Succession.Known()
                : new Succession.Refused("another version " + last.version() + " than the one that counts here");
    }

    /** The chain on one line of JSON. */
    public byte[] toJson() {
        return Json.write(json -> {
            json.writeArrayPropertyStart(ROOTS);
            for (Link link : links) {
                json.writeStartObject();
                link.envelope().write(json);
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    /** Replaces a file, whole or not at all. */
    public void replace(Path file) {
        KeyFiles.replace(file, toJson());
    }
}
