// SPDX-License-Identifier: MIT
#pragma once

// Bodies that are sent compressed.

#include <patio/base/config.hpp>
#include <patio/http/middleware.hpp>

#include <cstddef>
#include <utility>

namespace patio::http {

/// Each setter changes one thing and returns the object.
class PATIO_EXPORT compress_options {
public:
    compress_options() noexcept = default;

    /// A body that is known to be shorter stays as it is. 1 KiB by default: what fits into a packet
    /// gains nothing.
    compress_options& bytes_min(std::size_t count) noexcept {
        bytes_min_ = count;
        return *this;
    }

private:
    friend class compressor;
    std::size_t bytes_min_ = 1024;
};

/// Compresses bodies that gain by it, with what the client accepts.
///
/// ```
/// site.use(http::compress());
/// ```
///
/// Compressed are texts, JSON, XML, scripts, SVG, WebAssembly; by zstd, br or gzip, as the weights
/// of `Accept-Encoding` say and in this order among equals. What is coded already, is a part
/// (Content-Range), or says `Cache-Control: no-transform` stays as it is. `Vary` is set wherever
/// another client would have got another answer, and an `ETag` becomes weak: the bytes are others.
///
/// A body in memory of up to 64 KiB is compressed at once, and sent as it is if that did not help.
/// Others are compressed while they are sent, without their length. A body of unknown length is
/// what somebody waits for (server-sent events, progress): each piece is sent on at once, and gzip
/// comes first, for the memory that such a stream holds as long as it lasts.
///
/// Beware of pages with a secret that also repeat what somebody else may choose: their length gives
/// the secret away, guess by guess (the attack is called BREACH). Say `no-transform` there.
///
/// **Cost** memory for each body that is being sent: 260 KiB with gzip, 4 MiB with br and zstd.
/// **Source** RFC 9110 sections 8.4, 12.5.3 and 12.5.5.
[[nodiscard]] PATIO_EXPORT middleware compress(compress_options options = {});

}  // namespace patio::http
