package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.query.QueryJson;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet token}: who may call the API and log in at the page. Owned by the main thread. */
@Command(
        name = "token",
        description =
                "Makes, lists and revokes the tokens with which programs and people use the fleet's API and page.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TokenCommand.Create.class, TokenCommand.ListAll.class, TokenCommand.Revoke.class})
final class TokenCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'token'");
        }
    }

    /** {@code fulmar fleet token create}. Owned by the main thread. */
    @Command(
            name = "create",
            description = {
                "Makes a token and prints it. It is shown once: the fleet keeps a digest only.",
                "Roles, each of which may also do what the ones before it may:",
                "  metrics    read /metrics",
                "  viewer     read everything but tokens",
                "  operator   tell devices what to do",
                "  publisher  publish and withdraw releases",
                "  admin      everything, also make tokens"
            })
    static final class Create extends ApiCommand {
        @Parameters(paramLabel = "NAME", description = "Whose it is, as the audit log shall say.")
        String name = "";

        @Option(
                names = "--role",
                paramLabel = "ROLE",
                required = true,
                completionCandidates = Roles.class,
                description = "One of ${COMPLETION-CANDIDATES}.")
        String role = "";

        @Option(
                names = "--expires",
                paramLabel = "TIME",
                converter = Durations.class,
                description = "How long it is good for, as 12h or 90d; default: until it is revoked.")
        @Nullable
        Duration expires;

        @Option(names = "--json", description = "Print JSON.")
        boolean json;

        @Override
        int run(ApiClient client, PrintWriter out) {
            if (Role.of(role).isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--role is one of " + String.join(", ", new Roles()) + ", not '" + role + "'");
            }
            String request = QueryJson.object(body -> {
                body.writeStringProperty("name", name);
                body.writeStringProperty("role", role);
                if (expires != null) {
                    body.writeNumberProperty("expiresInSeconds", expires.toSeconds());
                }
            });
            String answer = client.post(ApiClient.path("tokens"), request);
            out.println(json ? answer : JsonTree.read(answer).text("token"));
            return ExitCode.OK;
        }
    }

    /** {@code fulmar fleet token list}. Owned by the main thread. */
    @Command(name = "list", description = "Lists the tokens, without their secrets.")
    static final class ListAll extends ApiCommand {
        @Option(names = "--json", description = "Print JSON, a token a line.")
        boolean json;

        @Override
        int run(ApiClient client, PrintWriter out) {
            List<JsonTree> tokens = client.all(ApiClient.path("tokens"));
            if (json) {
                tokens.forEach(token -> out.println(token.json()));
            } else {
                var table =
                        new TextTable(Set.of(), "ID", "NAME", "ROLE", "STATE", "CREATED", "BY", "EXPIRES", "LAST USED");
                for (JsonTree token : tokens) {
                    table.add(
                            token.text("id"),
                            token.text("name"),
                            token.text("role"),
                            token.text("state"),
                            token.text("created"),
                            token.text("createdBy"),
                            token.text("expires"),
                            token.text("lastUsed"));
                }
                table.print(out);
            }
            return ExitCode.OK;
        }
    }

    /** {@code fulmar fleet token revoke}. Owned by the main thread. */
    @Command(name = "revoke", description = "Makes tokens worthless at once, and logs out who has logged in with them.")
    static final class Revoke extends ApiCommand {
        @Parameters(arity = "1..*", paramLabel = "ID", description = "As 'fulmar fleet token list' shows it.")
        List<String> ids = List.of();

        @Override
        int run(ApiClient client, PrintWriter out) {
            for (String id : ids) {
                client.delete(ApiClient.path("tokens", id));
                out.println("revoked " + id);
                out.flush();
            }
            return ExitCode.OK;
        }
    }

    /** The names of the roles. */
    private static final class Roles extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Roles() {
            super(Arrays.stream(Role.values()).map(Role::text).toList());
        }
    }
}
