package io.fulmar.cli.fleet;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the address of a broker from the command line. Immutable. */
final class BrokerUrl implements ITypeConverter<URI> {
    @Override
    public URI convert(String value) {
        try {
            var url = new URI(value);
            if (("mqtt".equals(url.getScheme()) || "mqtts".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw refused(value);
        }
        throw refused(value);
    }

    private static TypeConversionException refused(String value) {
        return new TypeConversionException(
                "'" + value + "' is not an address such as mqtt://host:1883 or mqtts://host:8883");
    }
}
