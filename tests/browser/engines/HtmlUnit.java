// HtmlUnit as Internet Explorer: what a page of its kind offers to scripts, without the network stack and the looks.
//
// Reads a command a line, "NUMBER<tab>SESSION<tab>COMMAND<tab>ARGUMENT…", and answers "NUMBER<tab>ok|error<tab>VALUE";
// arguments and values are Base64 of UTF-8. Each session is one user: a client and a thread of its own.
import com.gargoylesoftware.htmlunit.*;
import com.gargoylesoftware.htmlunit.html.*;
import com.gargoylesoftware.htmlunit.javascript.JavaScriptErrorListener;
import com.gargoylesoftware.htmlunit.util.WebConnectionWrapper;
import java.io.*;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.*;

public class HtmlUnit {
  // HtmlUnit leaves in what IE 6 and 7 did not have: it is taken away before any script of the page runs.
  static final String OLD_AGE =
      "(function(){var a=['indexOf','lastIndexOf','forEach','map','filter','some','every','reduce','reduceRight'],i;"
      + "window.JSON=undefined;try{delete window.JSON;}catch(e){}"
      + "for(i=0;i<a.length;i++){delete Array.prototype[a[i]];}"
      + "delete Array.isArray;delete Date.now;delete Date.prototype.toISOString;delete Object.keys;delete Object.create;"
      + "delete Object.defineProperty;delete Function.prototype.bind;delete String.prototype.trim;"
      + "if(window.XMLHttpRequest){window.XMLHttpRequest=function(){return new ActiveXObject('Msxml2.XMLHTTP');};}})();";

  static class Session {
    final WebClient client;
    final ExecutorService thread = Executors.newSingleThreadExecutor();
    final List<String> errors = Collections.synchronizedList(new ArrayList<>());
    final List<String> remarks = Collections.synchronizedList(new ArrayList<>());

    Session(String version) throws Exception {
      client = new WebClient((BrowserVersion) BrowserVersion.class.getField(version).get(null));
      client.getOptions().setThrowExceptionOnScriptError(false);
      client.getOptions().setThrowExceptionOnFailingStatusCode(false);
      client.getOptions().setTimeout(30000);
      client.setCssErrorHandler(new SilentCssErrorHandler());
      client.setAlertHandler((page, text) -> errors.add("alert: " + text));
      client.setJavaScriptErrorListener(new JavaScriptErrorListener() {
        public void scriptException(HtmlPage page, ScriptException error) {
          errors.add(error.getMessage() + " at line " + error.getFailingLineNumber() + ": " + error.getFailingLine());
        }
        public void timeoutError(HtmlPage page, long allowed, long taken) { errors.add("a script took " + taken + " ms"); }
        public void malformedScriptURL(HtmlPage page, String url, java.net.MalformedURLException error) { errors.add("not an address: " + url); }
        public void loadScriptError(HtmlPage page, URL url, Exception error) { remarks.add("script not loaded: " + url + ": " + error); }
      });
      if (version.matches(".*_[67]")) {
        new WebConnectionWrapper(client) {
          @Override public WebResponse getResponse(WebRequest request) throws IOException {
            WebResponse got = super.getResponse(request);
            if (!got.getContentType().equals("text/html")) return got;
            String html = got.getContentAsString("UTF-8").replaceFirst("(?i)<head[^>]*>", "$0<script>" + OLD_AGE + "</script>");
            return new WebResponse(new WebResponseData(html.getBytes(StandardCharsets.UTF_8), got.getStatusCode(), got.getStatusMessage(),
                got.getResponseHeaders()), request, got.getLoadTime());
          }
        };
      }
    }

    HtmlPage page() { return (HtmlPage) client.getTopLevelWindows().get(0).getEnclosedPage(); }

    String run(String script) {
      Object result = page().executeJavaScript(script).getJavaScriptResult();
      return result == null ? "" : result.toString();
    }

    HtmlElement element(String script) {
      Object found = page().executeJavaScript(script).getJavaScriptResult();
      if (found instanceof com.gargoylesoftware.htmlunit.javascript.host.html.HTMLElement) {
        return (HtmlElement) ((com.gargoylesoftware.htmlunit.javascript.host.html.HTMLElement) found).getDomNodeOrDie();
      }
      throw new IllegalArgumentException("there is no " + script);
    }

    String does(String command, String[] a) throws Exception {
      switch (command) {
        case "open": client.getPage(a[0]); return "";
        case "run": return run(a[0]);
        case "type": {
          HtmlElement field = (HtmlElement) page().getElementById(a[0]);
          if (field instanceof HtmlTextArea) ((HtmlTextArea) field).setText(""); else ((HtmlInput) field).setValueAttribute("");
          field.type(a[1]);
          return "";
        }
        case "click": element(a[0]).click(); return "";
        case "choose": ((HtmlSelect) page().getElementById(a[0])).setSelectedAttribute(a[1], true); return "";
        case "attach": {
          HtmlFileInput file = (HtmlFileInput) page().getElementById("image");
          file.setValueAttribute(new File(a[0]).toURI().toString());
          file.fireEvent("change");
          return "";
        }
        case "text": return page().asText();
        case "errors": return drain(errors);
        case "remarks": return drain(remarks);
        case "close": client.closeAllWindows(); thread.shutdown(); return "";
        default: throw new IllegalArgumentException(command);
      }
    }

    static String drain(List<String> list) {
      synchronized (list) {
        String all = String.join("\u0001", list);
        list.clear();
        return all;
      }
    }
  }

  static String base64(String text) { return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)); }
  static String text(String base64) { return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8); }

  public static void main(String[] ignored) throws Exception {
    org.apache.commons.logging.LogFactory.getFactory().setAttribute("org.apache.commons.logging.Log", "org.apache.commons.logging.impl.NoOpLog");
    PrintStream out = System.out;
    System.setOut(System.err);
    Map<String, Session> sessions = new HashMap<>();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line; (line = in.readLine()) != null;) {
      String[] part = line.split("\t", -1);
      String[] arguments = new String[part.length - 3];
      for (int i = 0; i < arguments.length; ++i) arguments[i] = text(part[i + 3]);
      if (part[2].equals("new")) {
        sessions.put(part[1], new Session(arguments[0]));
        out.println(part[0] + "\tok\t");
        continue;
      }
      Session session = sessions.get(part[1]);
      session.thread.execute(() -> {
        String answer;
        try {
          answer = "\tok\t" + base64(session.does(part[2], arguments));
        } catch (Throwable error) {
          answer = "\terror\t" + base64(error.toString());
        }
        synchronized (out) { out.println(part[0] + answer); }
      });
    }
    System.exit(0);
  }
}
