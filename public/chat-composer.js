// chat-composer.js: the box that is typed into, and the picture that goes with it.
//
// It works on one draft, that of the conversation shown: {text, image}. An image is {file, name, url} where
// the browser can hold a file, and else {input, name}: the file field itself, which is then put aside and
// replaced by a new one, because nothing else can carry a file there.
var Composer = (function () {
  var TALLEST = 160;  // px
  var TYPES = /^image\/(png|jpeg|gif|webp)$/;

  var draft = null;
  var host = null;  // submit(), changed(), refuse(code)
  var hasFiles = false;

  // --- The picture ---

  function makeInput() {
    var input = Page.make('input');
    input.type = 'file';
    input.id = 'image';
    input.name = 'image';
    input.setAttribute('accept', 'image/png,image/jpeg,image/gif,image/webp');
    input.setAttribute('data-label', 'picture');
    input.setAttribute('aria-label', Words.say('picture', {}));
    Page.on(input, 'change', function () {
      takeInput();
      Page.find('text').focus();
    });
    return input;
  }

  function isWanted(file) {
    return file && (!file.type || TYPES.test(file.type));
  }

  function preview(file) {
    var urls = window.URL || window.webkitURL;
    try {
      return urls.createObjectURL(file);
    } catch (error) {
      return '';
    }
  }

  function attach(image) {
    draft.image = image;
    showImage();
    host.changed();
  }

  function attachFile(file) {
    if (!isWanted(file)) return host.refuse('image_unsupported');
    attach({file: file, name: file.name || '', url: preview(file)});
  }

  // Takes what was chosen, and leaves an empty field for the next picture.
  function takeInput() {
    var input = Page.find('image');
    if (!input.value) return;
    if (hasFiles) {
      var file = input.files[0];
      input.parentNode.replaceChild(makeInput(), input);
      return attachFile(file);
    }
    // Some tell the whole path, or a made up one.
    var image = {input: input, name: input.value.replace(/^.*[\\\/]/, '')};
    input.parentNode.replaceChild(makeInput(), input);
    input.id = '';
    Page.find('aside').appendChild(input);
    attach(image);
  }

  function showImage() {
    var image = draft.image;
    var view = Page.find('attachment-view');
    Page.show(Page.find('attachment'), image);
    Page.show(view, image && image.url);
    if (image && image.url) view.src = image.url;
    else view.removeAttribute('src');
    Page.setText(Page.find('attachment-name'), image ? image.name : '');
  }

  function hasDraggedFiles(event) {
    var types = event.dataTransfer && event.dataTransfer.types;
    for (var i = 0; types && i < types.length; ++i) {
      if (types[i] === 'Files') return true;
    }
    return false;
  }

  function pastedPicture(event) {
    var data = event.clipboardData || window.clipboardData;
    var files = data && data.files || [];
    var items = data && data.items || [];
    var i;
    for (i = 0; i < files.length; ++i) {
      if (TYPES.test(files[i].type)) return files[i];
    }
    for (i = 0; i < items.length; ++i) {
      if (items[i].kind === 'file' && TYPES.test(items[i].type)) return items[i].getAsFile();
    }
    return null;
  }

  // --- The text ---

  function fit() {
    var box = Page.find('text');
    box.style.height = '';
    if (!box.value) return;  // a long hint is not to be measured
    box.style.height = Math.min(box.scrollHeight + 2, TALLEST) + 'px';
    // A scroll bar where nothing is to be scrolled looks broken.
    box.style.overflow = box.scrollHeight > TALLEST ? 'auto' : 'hidden';
  }

  // No event tells of every change in every browser, so this is called by several and when it matters.
  function readText() {
    if (!draft || draft.text === Page.find('text').value) return;
    draft.text = Page.find('text').value;
    fit();
    host.changed();
  }

  function keyDown(event) {
    // 229: an input method is at work, and the key is its own.
    if (event.keyCode !== 13 || event.shiftKey || event.isComposing) return true;
    submit();
    return false;
  }

  function submit() {
    if (!draft) return;
    readText();
    takeInput();
    if (draft.image || /\S/.test(draft.text)) host.submit();
  }

  return {
    start: function (whom) {
      host = whom;
      var pick = Page.find('pick');
      pick.insertBefore(makeInput(), pick.firstChild);
      hasFiles = Boolean(Page.find('image').files && window.FormData);
      Page.setClass(Page.find('composer'), 'by-form', !hasFiles);

      var box = Page.find('text');
      var changes = ['input', 'keyup', 'change', 'cut', 'paste'];
      for (var i = 0; i < changes.length; ++i) {
        Page.on(box, changes[i], function () { setTimeout(readText, 0); });
      }
      Page.on(box, 'keydown', keyDown);
      Page.on(box, 'paste', function (event) {
        var file = hasFiles && pastedPicture(event);
        if (file) attachFile(file);
        return !file;
      });
      Page.on(Page.find('composer'), 'submit', function () {
        submit();
        box.focus();
        return false;
      });
      Page.on(Page.find('attachment-remove'), 'click', function () {
        attach(null);
        box.focus();
      });

      // Anywhere: what is dropped beside the conversation would replace the page.
      var talk = Page.find('talk');
      function takesFiles(event) {
        return hasFiles && hasDraggedFiles(event) && !Page.hasClass(Page.find('chat'), 'gone');
      }
      Page.on(document, 'dragover', function (event) {
        if (!takesFiles(event)) return true;
        Page.setClass(talk, 'dropping', true);
        return false;
      });
      Page.on(document, 'dragleave', function () { Page.setClass(talk, 'dropping', false); });
      Page.on(document, 'drop', function (event) {
        Page.setClass(talk, 'dropping', false);
        if (!takesFiles(event)) return true;
        attachFile(event.dataTransfer.files[0]);
        box.focus();
        return false;
      });
    },

    // Goes on with this draft. `label` says who will read it, and `hint` briefly.
    show: function (whose, label, hint) {
      var box = Page.find('text');
      draft = whose;
      if (box.value !== draft.text) box.value = draft.text;
      box.setAttribute('aria-label', label);
      box.setAttribute('placeholder', hint);
      fit();
      showImage();
    },
    read: readText,
    fit: fit,
    focus: function () { Page.find('text').focus(); }
  };
})();
