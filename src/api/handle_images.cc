// handle_images.cc: GET /images/ID.EXT. The name is the secret; whoever knows it may look, so that
// an <img> of a browser without cookies works too.
#include "api/api.h"

namespace encke {

Outcome Api::image(Call& call) {
  const RequestHead& head = call.request.head;
  const auto found = images_.find(head.path.substr(kImagePath.size()));
  if (!found) return fail(call, found.error());
  const auto& image = *found;
  Reply reply;
  reply.content_type = mime_type(image->type);
  reply.headers = {{"Cache-Control", "public, max-age=31536000, immutable"},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Content-Security-Policy", "default-src 'none'; sandbox"}};
  origins_.add_headers(head, reply.headers);
  reply.body = image->bytes;
  return reply;
}

}  // namespace encke
