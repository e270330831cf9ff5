package io.fulmar.sync.mqtt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;

/** Translates between the link's messages and Paho's. Immutable. */
final class PahoMessages {
    private PahoMessages() {}

    static MqttProperties properties(OutboundMessage message) {
        MqttProperties properties = new MqttProperties();
        properties.setContentType(message.contentType());
        properties.setResponseTopic(message.responseTopic());
        properties.setCorrelationData(message.correlation());
        if (message.expiry() != null) {
            properties.setMessageExpiryInterval(message.expiry().toSeconds());
        }
        List<UserProperty> user = new ArrayList<>();
        message.userProperties().forEach((name, value) -> user.add(new UserProperty(name, value)));
        properties.setUserProperties(user);
        return properties;
    }

    static InboundMessage inbound(String topic, MqttMessage message) {
        MqttProperties properties = message.getProperties();
        if (properties == null) {
            return new InboundMessage(topic, message.getPayload(), null, Map.of(), null, null, message.isRetained());
        }
        Map<String, String> user = new LinkedHashMap<>();
        if (properties.getUserProperties() != null) {
            properties.getUserProperties().forEach(p -> user.put(p.getKey(), p.getValue()));
        }
        return new InboundMessage(
                topic,
                message.getPayload(),
                properties.getContentType(),
                user,
                properties.getResponseTopic(),
                properties.getCorrelationData(),
                message.isRetained());
    }
}
