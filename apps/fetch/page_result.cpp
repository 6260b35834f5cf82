// SPDX-License-Identifier: MIT

#include "page_result.hpp"

#include <nlohmann/json.hpp>

namespace fetch {

namespace {

nlohmann::ordered_json text_or_null(const std::string& text) {
    if (text.empty()) return nullptr;
    return text;
}

}  // namespace

std::string json_line(const page_result& of) {
    nlohmann::ordered_json line;
    line["url"] = of.url;
    line["final_url"] = text_or_null(of.final_url);
    line["depth"] = of.depth;
    line["status"] = of.status == 0 ? nlohmann::ordered_json{} : nlohmann::ordered_json(of.status);
    line["bytes"] = of.bytes;
    line["type"] = text_or_null(of.type);
    line["milliseconds"] = of.milliseconds;
    line["file"] = text_or_null(of.file);
    line["links"] = of.links;
    line["kind"] = text_or_null(of.kind);
    line["error"] = text_or_null(of.error);
    // Servers may say what is no UTF-8.
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fetch
