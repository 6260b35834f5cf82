// SPDX-License-Identifier: MIT

#include "site.hpp"

#include "limits.hpp"
#include "page_files.hpp"
#include "rules.hpp"
#include "session.hpp"

#include <patio/http/middleware/compress.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>
#include <patio/ws/accept.hpp>

#include <string_view>
#include <utility>

namespace chat {

namespace http = patio::http;
namespace ws = patio::ws;
using patio::async;

namespace {

constexpr std::string_view content_policy =
    "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

/// On everything, also on what is not found.
async<http::response> with_security(http::request& asked, http::handler& next) {
    auto answering = next.answer(asked);
    http::response answer = co_await std::move(answering);
    answer.with("Content-Security-Policy", content_policy)
        .with("X-Content-Type-Options", "nosniff")
        .with("Referrer-Policy", "no-referrer");
    co_return answer;
}

std::string_view type_of(std::string_view name) noexcept {
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    return "application/octet-stream";
}

void add_file(http::router& site, const page_file& file) {
    const std::string tag = hash_of(file.content).substr(0, 16);
    const auto answer = [file, tag](http::request& asked) {
        // Compressed it has the same tag, but a weak one.
        const bool is_known =
            asked.header("If-None-Match").value_or("").find(tag) != std::string_view::npos;
        http::response found{is_known ? 304 : 200};
        if (!is_known) found.with(http::body{file.content});
        found.with("Content-Type", type_of(file.name))
            .with("Cache-Control", "no-cache")
            .with("ETag", '"' + tag + '"');
        return found;
    };
    site.get("/" + std::string{file.name}, answer);
    if (file.name == "index.html") site.get("/", answer);
}

ws::accept_options accepting(const std::vector<std::string>& origins) {
    ws::connection_options each;
    // What goes to a thousand people is not compressed a thousand times.
    each.no_compression().message_bytes_max(frame_bytes_max).close_timeout(close_timeout);
    ws::accept_options all;
    all.connection(each);
    if (!origins.empty()) all.origins(origins);
    return all;
}

}  // namespace

http::router make_site(hall& in, const std::vector<std::string>& origins) {
    http::router site;
    site.use(with_security);
    site.use(http::compress());
    for (const page_file& each : page_files())
        add_file(site, each);
    const ws::accept_options options = accepting(origins);
    site.get("/ws", [&in, options](http::request& asked) {
        if (in.is_restarting()) return http::response{503}.with("Retry-After", "1");
        const auto talk = [&in](ws::connection peer) -> async<> {
            session talking{in, std::move(peer)};
            auto running = talking.run();
            co_await std::move(running);
        };
        return ws::accept(asked, talk, options);
    });
    return site;
}

}  // namespace chat
