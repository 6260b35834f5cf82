// SPDX-License-Identifier: MIT
#pragma once

// All of HTTP. It is not in <patio/patio.hpp>: programs without it shall compile faster.

#include <patio/http/body.hpp>
#include <patio/http/client.hpp>
#include <patio/http/client_options.hpp>
#include <patio/http/content.hpp>
#include <patio/http/cookies.hpp>
#include <patio/http/event_stream.hpp>
#include <patio/http/files.hpp>
#include <patio/http/form.hpp>
#include <patio/http/get.hpp>
#include <patio/http/handler.hpp>
#include <patio/http/headers.hpp>
#include <patio/http/middleware.hpp>
#include <patio/http/middleware/access_log.hpp>
#include <patio/http/middleware/basic_auth_required.hpp>
#include <patio/http/middleware/compress.hpp>
#include <patio/http/middleware/cors.hpp>
#include <patio/http/middleware/limit_body.hpp>
#include <patio/http/middleware/security_headers.hpp>
#include <patio/http/middleware/timeout_after.hpp>
#include <patio/http/multipart.hpp>
#include <patio/http/param_value.hpp>
#include <patio/http/percent_encoding.hpp>
#include <patio/http/query_params.hpp>
#include <patio/http/read_form.hpp>
#include <patio/http/read_multipart.hpp>
#include <patio/http/request.hpp>
#include <patio/http/request_error.hpp>
#include <patio/http/response.hpp>
#include <patio/http/router.hpp>
#include <patio/http/serve_options.hpp>
#include <patio/http/server.hpp>
#include <patio/http/set_cookie.hpp>
#include <patio/http/status.hpp>
#include <patio/http/url.hpp>
