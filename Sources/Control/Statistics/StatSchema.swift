/// `show schema json`: what the JSON forms of `show info` and `show stat` look like (JSON Schema, draft 4).
enum StatSchema {
    static let json = Array((text.filter { !$0.isWhitespace } + "\n").utf8)

    private static let text = """
        {
          "$schema": "http://json-schema.org/draft-04/schema#",
          "oneOf": [
            {"title": "Info", "type": "array", "items": {
              "title": "InfoItem", "type": "object",
              "properties": {\(fieldProperties)},
              "required": ["field", "processNum", "tags", "value"]}},
            {"title": "Stat", "type": "array", "items": {
              "title": "Row", "type": "array", "items": {
                "title": "InfoItem", "type": "object",
                "properties": {
                  "objType": {"enum": ["Frontend", "Backend", "Listener", "Server", "Unknown"]},
                  "proxyId": {"type": "integer", "minimum": 0},
                  "id": {"type": "integer", "minimum": 0},
                  \(fieldProperties)},
                "required": ["objType", "proxyId", "id", "field", "processNum", "tags", "value"]}}},
            {"title": "Error", "type": "object",
              "properties": {"errorStr": {"type": "string"}}, "required": ["errorStr"]}
          ],
          "definitions": {
            "field": {"type": "object",
              "properties": {
                "pos": {"type": "integer", "minimum": 0}, "name": {"type": "string"}},
              "required": ["pos", "name"]},
            "processNum": {"type": "integer", "minimum": 1},
            "tags": {"type": "object",
              "properties": {
                "origin": {"enum": ["Metric", "Status", "Key", "Config", "Product", "Unknown"]},
                "nature": {"enum": ["Gauge", "Limit", "Min", "Max", "Rate", "Counter", "Duration",
                  "Age", "Time", "Name", "Output", "Avg", "Unknown"]},
                "scope": {"enum": ["Cluster", "Process", "Service", "System", "Unknown"]}},
              "required": ["origin", "nature", "scope"]},
            "typedValue": {"oneOf": [
              \(number("s32", -2_147_483_648, 2_147_483_647)),
              \(number("u32", 0, 4_294_967_295)),
              \(number("u64", 0, UInt64.max)),
              {"properties": {"type": {"enum": ["str"]}, "value": {"type": "string"}},
                "required": ["type", "value"]}]}
          }
        }
        """

    private static let fieldProperties = """
        "field": {"$ref": "#/definitions/field"},
        "processNum": {"$ref": "#/definitions/processNum"},
        "tags": {"$ref": "#/definitions/tags"},
        "value": {"$ref": "#/definitions/typedValue"}
        """

    private static func number<Value: BinaryInteger>(
        _ type: String, _ minimum: Int64, _ maximum: Value
    ) -> String {
        """
        {"properties": {"type": {"enum": ["\(type)"]},
          "value": {"type": "integer", "minimum": \(minimum), "maximum": \(maximum)}},
          "required": ["type", "value"]}
        """
    }
}
