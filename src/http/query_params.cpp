// SPDX-License-Identifier: MIT

#include <patio/http/query_params.hpp>

#include "percent_bytes.hpp"

#include <patio/http/percent_encoding.hpp>

#include <algorithm>

namespace patio::http {

namespace {

std::string decode_field(std::string_view text) {
    if (text.find('+') == std::string_view::npos) return percent_decode(text);
    std::string spaced{text};
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decode(spaced);  // afterwards, for `%2B` is a plus sign
}

void append_field(std::string& to, std::string_view text) {
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        detail::append_percent_encoded(to, word, percent_set::form);
        text.remove_prefix(word.size());
        if (text.empty()) break;
        to += '+';
        text.remove_prefix(1);
    }
}

}  // namespace

std::vector<query_param> form_decode(std::string_view text) {
    std::vector<query_param> params;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        if (part.empty()) continue;
        const auto name = part.substr(0, part.find('='));
        const auto value = part.substr(std::min(name.size() + 1, part.size()));
        params.emplace_back(decode_field(name), decode_field(value));
    }
    return params;
}

std::string form_encode(const std::vector<query_param>& params) {
    std::string text;
    for (const auto& [name, value] : params) {
        if (!text.empty()) text += '&';
        append_field(text, name);
        text += '=';
        append_field(text, value);
    }
    return text;
}

void query_params::set(std::string_view name, std::string value) {
    const auto has_name = [name](const query_param& param) { return param.first == name; };
    const auto found = std::find_if(params_.begin(), params_.end(), has_name);
    if (found == params_.end()) {
        append(std::string{name}, std::move(value));
        return;
    }
    found->second = std::move(value);
    // `name` may be a view of a name in here, which removing moves.
    const std::string own_name = found->first;
    const auto is_other = [&own_name](const query_param& param) { return param.first == own_name; };
    params_.erase(std::remove_if(found + 1, params_.end(), is_other), params_.end());
}

std::size_t query_params::erase(std::string_view name) {
    const std::string own_name{name};  // may be a view of a name in here, as above
    return std::erase_if(params_,
                         [&](const query_param& param) { return param.first == own_name; });
}

std::optional<std::string_view> query_params::get(std::string_view name) const noexcept {
    for (const auto& param : params_) {
        if (param.first == name) return param.second;
    }
    return std::nullopt;
}

std::vector<std::string_view> query_params::get_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& param : params_) {
        if (param.first == name) values.emplace_back(param.second);
    }
    return values;
}

}  // namespace patio::http
