// chat-store.js: what outlives a reload: the session of this tab, what was typed in it, and the language.
//
// The cookie belongs to all tabs, sessionStorage to this one, so that two tabs can be two people. Without
// either, or without JSON, everything still works up to the next reload.
var Store = (function () {
  // Asking for it throws where it is forbidden.
  function open(name) {
    try {
      var store = window.JSON && window[name];
      store.setItem('encke.probe', '1');
      store.removeItem('encke.probe');
      return store;
    } catch (error) {
      return null;
    }
  }
  var ofTab = open('sessionStorage');
  var kept = {};  // for as long as the page lives

  // A picture that was chosen cannot be written down, and lives as long as the page.
  function withoutPictures(name, value) {
    return name === 'image' ? undefined : value;
  }

  return {
    get: function (name) {
      if (!kept[name] && ofTab) {
        try {
          kept[name] = window.JSON.parse(ofTab.getItem('encke.' + name));
        } catch (error) {
          kept[name] = null;
        }
      }
      return kept[name] || null;
    },
    set: function (name, value) {
      kept[name] = value;
      try {
        if (ofTab && value) ofTab.setItem('encke.' + name, window.JSON.stringify(value, withoutPictures));
        else if (ofTab) ofTab.removeItem('encke.' + name);
      } catch (error) {
        // It is full. The page goes on, and remembers less after a reload.
      }
    },
    getLanguage: function () {
      var match = /(?:^|; )encke_language=(\w+)/.exec(document.cookie);
      return match ? match[1] : '';
    },
    setLanguage: function (name) {
      var nextYear = new Date(new Date().getTime() + 365 * 864e5).toUTCString();
      document.cookie = 'encke_language=' + name + '; path=/; expires=' + nextYear;
    }
  };
})();
